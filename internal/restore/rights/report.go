package rights

import (
	"fmt"
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/postgres"
)

// A failure is stored in a workflow's history, so it names at most this many
// objects, lacks and statements, and counts the rest. A stranger's dump decides
// how many there are, and how long their names are, in bytes.
const (
	namedObjects = 4
	namedLacks   = 20
	namedSQL     = 50
	keptName     = 200
)

// Lack is one right that a role lacks.
type Lack struct {
	// Text says what the role lacks, without its subject: "may not create
	// databases".
	Text string
	// SQL are the statements that give it, without semicolons; none if no statement
	// does.
	SQL []string
	// Instead are the ways without the statements.
	Instead []string
}

// Report lists what a role lacks for a restore.
type Report struct {
	// Role is the role whose rights count.
	Role string
	// Server is the target's host, and Database the database in which the
	// statements are to be run.
	Server, Database string
	Lacks            []Lack
	// runner is the role that may run the statements.
	runner string
}

// Complete reports whether the role lacks nothing.
func (r Report) Complete() bool { return len(r.Lacks) == 0 }

// SQL returns the distinct statements of all lacks, without semicolons.
func (r Report) SQL() []string {
	return r.distinct(func(l Lack) []string { return l.SQL })
}

// Runner says where the statements are to be run, and by whom.
func (r Report) Runner() string {
	return fmt.Sprintf("in database %s on server %s, as %s", printable.Line(postgres.QuoteIdent(r.Database)), r.Server, r.runner)
}

// Instead returns the distinct ways without the statements.
func (r Report) Instead() []string {
	return r.distinct(func(l Lack) []string { return l.Instead })
}

func (r Report) distinct(of func(Lack) []string) []string {
	var all []string
	seen := map[string]bool{}
	for _, l := range r.Lacks {
		for _, text := range of(l) {
			if !seen[text] {
				seen[text] = true
				all = append(all, text)
			}
		}
	}
	return all
}

// Err returns a [failure.MissingRestorePermissions] with all lacks, or nil if there
// is none.
func (r Report) Err() error {
	if r.Complete() {
		return nil
	}
	var text strings.Builder
	for _, l := range firstOf(r.Lacks, namedLacks) {
		text.WriteString("\n  it " + l.Text)
	}
	if more := len(r.Lacks) - namedLacks; more > 0 {
		fmt.Fprintf(&text, "\n  and %d more", more)
	}
	return failure.New(failure.MissingRestorePermissions, r.remedy(),
		"role %s lacks rights on server %s that the restore needs:%s", postgres.QuoteIdent(r.Role), r.Server, text.String())
}

// remedy returns the statements with their runner, and the ways without them.
func (r Report) remedy() string {
	var text strings.Builder
	statements := r.SQL()
	if len(statements) > 0 {
		text.WriteString("Run " + r.Runner() + ":")
		for _, statement := range firstOf(statements, namedSQL) {
			text.WriteString("\n  " + statement + ";")
		}
		if more := len(statements) - namedSQL; more > 0 {
			fmt.Fprintf(&text, "\n  -- and %d more: `pgvault grants --restore` prints them all", more)
		}
	}
	if instead := strings.Join(r.Instead(), "; or "); instead != "" {
		if len(statements) > 0 {
			text.WriteString("\nWithout them: ")
		}
		text.WriteString(instead)
	}
	return text.String()
}

func firstOf[T any](list []T, n int) []T { return list[:min(len(list), n)] }

// listed returns a list of names for a message.
func listed(names []string) string {
	var list []string
	for _, name := range firstOf(names, namedObjects) {
		list = append(list, printable.Cut(name, keptName))
	}
	if more := len(names) - len(list); more > 0 {
		list = append(list, fmt.Sprintf("… and %d more", more))
	}
	return strings.Join(list, ", ")
}
