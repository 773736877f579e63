package report

import (
	"cmp"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/scrub"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/proof/chain"
)

// Report sums up the drills of a vault in a span of time.
type Report struct {
	PgvaultVersion string
	Vault          string
	VaultID        string
	// Since and At are the beginning and the end of the span.
	Since     time.Time
	At        time.Time
	Instances []Instance
	// Scrub is how much of the vault was read back in time; absent if nothing reads it.
	Scrub *Scrub
	// Verified reports whether the signatures of the records were checked.
	Verified bool
	Controls []Control
}

// Scrub is how much of a vault was read back in time.
type Scrub struct {
	Every policy.Duration
	scrub.Coverage
}

// Instance sums up the drills of one instance.
type Instance struct {
	Name string
	// KeepFor is how long a proof counts; absent if no drills are defined.
	KeepFor policy.Duration
	// Proven, Partly and Failed count the drills by their verdict.
	Proven int
	Partly int
	Failed int
	// LastProof is the newest record in which nothing speaks against the point; zero
	// if there is none.
	LastProof time.Time
	// Newest is the verdict of the newest record; empty if there is none.
	Newest proof.Verdict
	// MedianSeconds and LongestSeconds are of the measured times to restore.
	MedianSeconds  float64
	LongestSeconds float64
	Gaps           []Gap
	Drills         []Drill
	Chain          chain.Result
}

// Gap is a span without a proof that counted.
type Gap struct {
	From time.Time
	To   time.Time
}

// Drill is one record.
type Drill struct {
	Sequence       int
	RecordedAt     time.Time
	Verdict        proof.Verdict
	Point          string
	RestoreSeconds float64
	Tables         int
	Rows           int64
	Differences    int
	NotProven      int
	// Reason says in a few words why the verdict is not "proven".
	Reason string
	SHA256 string
	KeyID  string
}

// Input is what is known about one instance.
type Input struct {
	Name    string
	KeepFor policy.Duration
	Records []chain.Record
	Chain   chain.Result
}

// New returns the instance as a report shows it. The records are in their order. Those
// before since are no drills of the report, but their proofs may still count in it.
func New(in Input, since, at time.Time) Instance {
	i := Instance{Name: in.Name, KeepFor: in.KeepFor, Chain: in.Chain}
	var took []float64
	var proofs []time.Time
	for n := range in.Records {
		d := drillOf(in.Records[n])
		i.Newest = d.Verdict
		if d.Verdict.Holds() {
			proofs = append(proofs, d.RecordedAt)
			i.LastProof = later(i.LastProof, d.RecordedAt)
		}
		if d.RecordedAt.Before(since) {
			continue
		}
		i.Drills = append(i.Drills, d)
		switch d.Verdict {
		case proof.Proven:
			i.Proven++
		case proof.Partly:
			i.Partly++
		default:
			i.Failed++
		}
		if d.RestoreSeconds > 0 {
			took = append(took, d.RestoreSeconds)
		}
	}
	if len(took) > 0 {
		slices.Sort(took)
		i.MedianSeconds, i.LongestSeconds = took[len(took)/2], took[len(took)-1]
	}
	i.Gaps = gaps(proofs, in.KeepFor, since, at)
	return i
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// gaps returns the spans without a proof that counted. A proof counts for keepFor, and
// never counts in an instance without drills.
func gaps(proofs []time.Time, keepFor policy.Duration, since, at time.Time) (found []Gap) {
	covered := since
	for _, proof := range proofs {
		if proof.After(covered) {
			found = append(found, Gap{covered, proof})
		}
		covered = later(covered, keepFor.AddTo(proof))
	}
	if at.After(covered) {
		found = append(found, Gap{covered, at})
	}
	return found
}

func drillOf(r chain.Record) Drill {
	c := r.Compared
	d := Drill{
		Sequence: r.Sequence, RecordedAt: r.RecordedAt, Verdict: r.Verdict, Point: r.Point.ID, Tables: c.Tables, Rows: c.Rows,
		Differences: len(c.Differences) + c.MoreDifferences, NotProven: len(c.NotProven) + c.MoreNotProven,
		SHA256: r.SHA256, KeyID: r.KeyID, Reason: reason(r),
	}
	if took, ok := r.RestoreTime(); ok {
		d.RestoreSeconds = took.Seconds()
	}
	return d
}

func reason(r chain.Record) string {
	switch {
	case r.Failure != nil:
		return r.Failure.Phase + ": " + r.Failure.Code
	case len(r.Compared.Differences) > 0:
		return r.Compared.Differences[0].String()
	case r.AMCheck.Corrupt > 0:
		return "amcheck found corrupt relations"
	}
	for _, c := range r.Checks {
		if c.Outcome != proof.CheckPassed {
			return "check " + c.Name + ": " + cmp.Or(c.SQLState, c.Outcome)
		}
	}
	if len(r.Compared.NotProven) > 0 {
		return "not proven: " + r.Compared.NotProven[0]
	}
	return ""
}
