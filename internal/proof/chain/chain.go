package chain

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/trust"
)

// Place is the vault and the instance of a chain.
type Place struct {
	VaultID  string
	Instance string
}

// Stored is the blob of a record.
type Stored struct {
	// Sequence is the number in its name.
	Sequence int
	// At is when the storage got the first version of it.
	At time.Time
	// Content is the current version.
	Content []byte
	// Changed reports whether the account has earlier versions of the blob.
	Changed bool
	// Deleted reports whether the account has earlier versions only.
	Deleted bool
	// Unreadable says why there is no content.
	Unreadable string
}

// Anchor is the newest record at the commit of a recovery point, as the point's
// manifest names it.
type Anchor struct {
	Point    string
	At       time.Time
	Sequence int
	SHA256   string
}

// The kinds of problems.
const (
	Missing    = "missing"
	Deleted    = "deleted"
	Changed    = "changed"
	Unreadable = "unreadable"
	Unsigned   = "unsigned"
	Forged     = "forged"
	Foreign    = "foreign"
	Moved      = "moved"
	Unlinked   = "unlinked"
	Late       = "late"
	CutOff     = "cut off"
	Replaced   = "replaced"
)

// Problem is evidence that a chain is not as drills have written it.
type Problem struct {
	// Kind is one of the constants.
	Kind string
	// Sequence is the number of the record, or the first of several.
	Sequence int
	Message  string
}

// Result is what verifying a chain found.
type Result struct {
	Instance string
	// Records counts the records, and Head is the number of the newest one.
	Records int
	Head    int
	// HeadSHA256 is the hash of the newest record.
	HeadSHA256 string
	// Signed counts the records that a key of the trust file has signed.
	Signed int
	// Anchored is the number of the newest record that a manifest names; 0 if none
	// does. Unanchored are the numbers of the records behind it.
	Anchored   int
	Unanchored []int
	Problems   []Problem
	// MoreProblems counts the problems beyond the first [MaxProblems].
	MoreProblems int
	// Notes say what could not be verified.
	Notes []string
}

// MaxProblems bounds the problems of a result. A stranger decides how many there are.
const MaxProblems = 100

// Whole reports whether nothing speaks against the chain.
func (r Result) Whole() bool { return len(r.Problems) == 0 }

// Verifier verifies one chain, record by record.
type Verifier struct {
	place  Place
	keys   trust.Signatures
	result Result
	// sums are the hashes of the records by their number.
	sums map[int]string
	// last is the number of the last record, and sum its hash; empty if it has none.
	last     int
	sum      string
	reported map[int]bool
	// unsigned counts the records without a signature that need none.
	unsigned int
}

// New returns the verifier of a chain. keys are those of the trust file.
func New(p Place, keys trust.Signatures) *Verifier {
	return &Verifier{place: p, keys: keys, result: Result{Instance: p.Instance}, sums: map[int]string{}, reported: map[int]bool{}}
}

// End returns the result. anchors are those of the instance's manifests.
func (v *Verifier) End(anchors []Anchor) Result {
	slices.SortFunc(anchors, func(a, b Anchor) int {
		return cmp.Or(cmp.Compare(a.Sequence, b.Sequence), a.At.Compare(b.At), cmp.Compare(a.Point, b.Point))
	})
	for _, a := range anchors {
		v.anchor(a)
	}
	for sequence := range v.sums {
		if sequence > v.result.Anchored {
			v.result.Unanchored = append(v.result.Unanchored, sequence)
		}
	}
	slices.Sort(v.result.Unanchored)
	v.noteUnsigned()
	return v.result
}

func (v *Verifier) anchor(a Anchor) {
	sum, found := v.sums[a.Sequence]
	by := fmt.Sprintf("the manifest of point %s, committed at %s, names it", a.Point, a.At.UTC().Format(time.RFC3339))
	switch {
	case found && sum == a.SHA256:
		v.result.Anchored = max(v.result.Anchored, a.Sequence)
	case v.reported[a.Sequence]:
	case found:
		v.problem(Replaced, a.Sequence, "record %d is not the one that was there: %s with the SHA-256 %s, and the stored one has %s", a.Sequence, by, a.SHA256, sum)
	case a.Sequence > v.result.Head:
		v.problem(CutOff, a.Sequence, "the end of the chain was cut off: record %d is gone, and %s", a.Sequence, by)
	default:
		v.problem(Missing, a.Sequence, "record %d is missing, and %s", a.Sequence, by)
	}
}

// problem adds a problem. The record is reported on once by anchors.
func (v *Verifier) problem(kind string, sequence int, format string, args ...any) {
	v.reported[sequence] = true
	if len(v.result.Problems) == MaxProblems {
		v.result.MoreProblems++
		return
	}
	v.result.Problems = append(v.result.Problems, Problem{Kind: kind, Sequence: sequence, Message: fmt.Sprintf(format, args...)})
}

func (v *Verifier) noteUnsigned() {
	switch {
	case len(v.keys.Evidence) == 0 && v.result.Records > 0:
		v.result.Notes = append(v.result.Notes, "no signature was checked: the trust file names no key for evidence")
	case v.unsigned > 0:
		v.result.Notes = append(v.result.Notes, fmt.Sprintf("records that are older than the keys for evidence and are not signed: %d", v.unsigned))
	}
}
