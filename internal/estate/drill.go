package estate

import (
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/vault"
)

// Drill is the state of an instance's drills.
type Drill struct {
	// Scheduled reports whether drills have a schedule, and Next is its next start.
	Scheduled bool
	Next      time.Time
	// Due is the time by which there must be a newer proof; zero if drills are not
	// configured, the protection is stopped, or there is no point yet.
	Due time.Time
	// Records counts the records of drills.
	Records int
	// Last is the newest one, and LastProven the newest in which nothing spoke
	// against the point.
	Last       *Proof
	LastProven *Proof
	// RestoreSeconds is the time to restore that was measured last, and
	// EarlierRestoreSeconds the median of up to 29 before; 0 if there is none.
	RestoreSeconds        float64
	EarlierRestoreSeconds float64
	// Doubt says why the newest record is not accepted.
	Doubt string
	// LastFailure is the last failed job of a drill.
	LastFailure *Failure
}

// Proof is the record of a drill.
type Proof struct {
	Sequence int
	Point    string
	Verdict  proof.Verdict
	At       time.Time
	// RestoreSeconds is the measured time to restore; 0 if the restore did not get to
	// its end.
	RestoreSeconds float64
}

// Proofs is what a listing says of the records of an instance's drills.
type Proofs struct {
	Count int
	// Last is the newest record, and Proven are up to two of the newest in which
	// nothing spoke against the point, the newest first.
	Last   *vault.ListedProof
	Proven []Proof
	// Restores are the last measured times to restore in seconds, oldest first.
	Restores []float64
	// Doubt says why Last is not accepted.
	Doubt string
}

// recentRestores is the number of measured times to restore that are compared.
const recentRestores = 30

// Add adds a record that is newer than the others.
func (p *Proofs) Add(listed vault.ListedProof) {
	p.Count++
	p.Last = &listed
	one := proofOf(listed)
	if one.Verdict.Holds() {
		p.Proven = append([]Proof{one}, p.Proven[:min(1, len(p.Proven))]...)
	}
	if one.RestoreSeconds > 0 {
		p.Restores = tail(append(p.Restores, one.RestoreSeconds), recentRestores)
	}
}

func proofOf(listed vault.ListedProof) Proof {
	return Proof{
		Sequence: listed.Sequence, Point: listed.Point, Verdict: listed.Verdict, At: listed.RecordedAt, RestoreSeconds: listed.Restore.Seconds(),
	}
}

// lastProven returns the newest proof, without a record that is not accepted.
func (p Proofs) lastProven() *Proof {
	for _, one := range p.Proven {
		if p.Doubt == "" || one.Sequence != p.Last.Sequence {
			return &one
		}
	}
	return nil
}

// restores returns the measured times to restore, without that of a record that is
// not accepted.
func (p Proofs) restores() []float64 {
	if p.Doubt != "" && p.Last.Restore > 0 {
		return p.Restores[:len(p.Restores)-1]
	}
	return p.Restores
}

// drill returns the state of the drills; nil if none are configured and none were
// done.
func (c computer) drill(i Instance) (*Drill, error) {
	def, proofs := c.listed.Instance.Drill, c.listed.Proofs
	if def == nil && proofs.Count == 0 {
		return nil, nil
	}
	d := &Drill{Records: proofs.Count, LastProven: proofs.lastProven(), Doubt: proofs.Doubt, LastFailure: lastFailure(c.drills)}
	if proofs.Last != nil {
		last := proofOf(*proofs.Last)
		d.Last = &last
	}
	restores := proofs.restores()
	if n := len(restores); n > 0 {
		d.RestoreSeconds, d.EarlierRestoreSeconds = restores[n-1], median(restores[:n-1])
	}
	if def == nil {
		return d, nil
	}
	d.Scheduled = def.Schedule != nil
	if s, ok := c.in.Schedules[jobs.DrillSchedule(i.Name)]; ok && !s.Paused {
		d.Next = s.Next
	}
	var err error
	d.Due, err = c.proofDue(i, d)
	return d, err
}

// median returns the middle value; 0 if there is none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// drillGrace is the time after the first scheduled start within which a drill should
// have proven a point.
const drillGrace = 24 * time.Hour

// proofDue returns the time by which there must be a newer proof. Before the first
// one, the time counts from the last change of the definition or the first point.
func (c computer) proofDue(i Instance, d *Drill) (time.Time, error) {
	def := c.listed.Instance.Drill
	switch {
	case i.Protection.State == Stopped || i.LastGood == nil:
		return time.Time{}, nil
	case d.LastProven != nil:
		return def.KeepFor.AddTo(d.LastProven.At), nil
	}
	from := latest(c.listed.Changed, i.ProtectedSince, c.listed.Points[0].Committed)
	if def.Schedule == nil {
		return def.KeepFor.AddTo(from), nil
	}
	start, err := nextStart([]policy.Schedule{*def.Schedule}, from)
	return start.Add(def.Schedule.Jitter.Std() + def.Schedule.CatchUpWindow.Std() + drillGrace), err
}

// Succeeded reports whether nothing spoke against the point of the last drill. ok is
// false if there was none.
func (d Drill) Succeeded() (yes, ok bool) {
	failed := d.endedUnrecorded()
	if d.Last == nil {
		return false, failed
	}
	return d.Last.Verdict.Holds() && d.Doubt == "" && !failed, true
}

// endedUnrecorded reports whether the last failed job is newer than the newest record.
func (d Drill) endedUnrecorded() bool {
	return d.LastFailure != nil && (d.Last == nil || d.LastFailure.At.After(d.Last.At))
}
