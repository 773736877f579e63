package proof

import (
	"fmt"

	"github.com/pgvault/pgvault/internal/proof/fingerprint"
)

// The limits of the lists of a record, so that it can be passed between the steps
// of a job. Numbers count everything.
const (
	MaxTables      = 1000
	MaxDifferences = 100
	MaxNotProven   = 100
)

// Compared is the outcome of comparing a restored database with what was dumped.
type Compared struct {
	// Tables, Sequences, LargeObjects and Definitions count what was compared.
	Tables       int   `json:"tables"`
	Rows         int64 `json:"rows"`
	Sequences    int   `json:"sequences"`
	LargeObjects int   `json:"largeObjects"`
	Definitions  int   `json:"definitions"`
	// PerTable has the fingerprints of the first [MaxTables] tables. The differing
	// tables come first. If nothing differs, the point's fingerprints are those of the
	// other tables too.
	PerTable []Table `json:"perTable,omitempty"`
	// Differences has the first [MaxDifferences] differences, and MoreDifferences
	// counts the others.
	Differences     []Difference `json:"differences,omitempty"`
	MoreDifferences int          `json:"moreDifferences,omitempty"`
	// NotProven says what was left out or could not be compared, and why.
	NotProven     []string `json:"notProven,omitempty"`
	MoreNotProven int      `json:"moreNotProven,omitempty"`
}

// Table is a table whose rows were compared.
type Table struct {
	// Name is the qualified name.
	Name string `json:"name"`
	// Expected is the fingerprint in the dump, and Found the one in the restored
	// database.
	Expected fingerprint.Rows `json:"expected"`
	Found    fingerprint.Rows `json:"found"`
}

// Difference is an object that differs from what was dumped.
type Difference struct {
	// Kind is the kind of object, such as "table", "sequence", "large object" or
	// "index".
	Kind string `json:"kind"`
	// Object names the object.
	Object string `json:"object"`
	// What says what differs, in words: "rows", "definition", "owner", "missing".
	What string `json:"what"`
	// Expected and Found are counts, fingerprints or names, never data.
	Expected string `json:"expected,omitempty"`
	Found    string `json:"found,omitempty"`
}

// String returns the difference in words.
func (d Difference) String() string {
	text := fmt.Sprintf("%s %s: %s", d.Kind, d.Object, d.What)
	if d.Expected != "" || d.Found != "" {
		text += fmt.Sprintf(" (expected %s, found %s)", d.Expected, d.Found)
	}
	return text
}

// Differ adds differences.
func (c *Compared) Differ(differences ...Difference) {
	taken := min(len(differences), MaxDifferences-len(c.Differences))
	c.Differences = append(c.Differences, differences[:taken]...)
	c.MoreDifferences += len(differences) - taken
}

// Omit adds reasons why something is not proven.
func (c *Compared) Omit(reasons ...string) {
	taken := min(len(reasons), MaxNotProven-len(c.NotProven))
	c.NotProven = append(c.NotProven, reasons[:taken]...)
	c.MoreNotProven += len(reasons) - taken
}

// Add adds the outcome of comparing another part of the same database.
func (c *Compared) Add(other Compared) {
	c.Tables += other.Tables
	c.Rows += other.Rows
	c.Sequences += other.Sequences
	c.LargeObjects += other.LargeObjects
	c.Definitions += other.Definitions
	c.PerTable = append(c.PerTable, other.PerTable[:min(len(other.PerTable), MaxTables-len(c.PerTable))]...)
	c.Differ(other.Differences...)
	c.MoreDifferences += other.MoreDifferences
	c.Omit(other.NotProven...)
	c.MoreNotProven += other.MoreNotProven
}
