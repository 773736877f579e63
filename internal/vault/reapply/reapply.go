package reapply

import (
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// Assigned is the rule and lifecycle that a policy assigns to a point.
type Assigned struct {
	Rule      string
	ArchiveAt time.Time
	Expires   time.Time
}

// Assign returns what a policy assigns to the points of an instance now, by ID.
// The points are ordered oldest first. A point that is left out keeps its
// retention.
type Assign func(points []vault.Point) map[string]Assigned

// Change is the change of one point's retention.
type Change struct {
	Point string          `json:"point"`
	From  vault.Retention `json:"from"`
	To    vault.Retention `json:"to"`
	// Note explains why the new retention differs from the policy's; empty if
	// it does not.
	Note string `json:"note,omitempty"`
}

// Longer reports whether the point is kept longer than before.
func (c Change) Longer() bool { return c.To.Expires.After(c.From.Expires) }

// lasts reports whether a policy applies to the point. It does not if the point
// is deleted, is being removed or has no readable expiry.
func lasts(p *vault.Point) bool {
	return p.Committed && !p.Removing && p.Deleted == nil && !p.Expires.IsZero()
}

// Plan returns the changes under the named policy, in the points' order. It
// leaves out points to which the policy does not apply.
func Plan(points []vault.Point, named string, assigned map[string]Assigned) []Change {
	var changes []Change
	for _, p := range points {
		to, ok := assigned[p.ID]
		if !ok || !lasts(&p) {
			continue
		}
		if c := change(p, named, to); c.any() {
			changes = append(changes, c)
		}
	}
	return changes
}

func (c Change) any() bool {
	return c.From.Rule != c.To.Rule || c.From.Policy != c.To.Policy ||
		!c.From.Expires.Equal(c.To.Expires) || !c.From.ArchiveAt.Equal(c.To.ArchiveAt)
}

func change(p vault.Point, named string, to Assigned) Change {
	c := Change{
		Point: p.ID,
		From:  vault.Retention{Policy: p.Policy, Rule: p.Rule, ArchiveAt: p.ArchiveAt, Expires: p.Expires},
		To:    vault.Retention{Policy: named, Rule: to.Rule, ArchiveAt: to.ArchiveAt.UTC(), Expires: to.Expires.UTC()},
	}
	if p.Archived() {
		c.To.ArchiveAt = c.From.ArchiveAt
		c.Note = "it is in the archive tier, and stays there"
	}
	if p.Extended != nil {
		c.To.AtLeast = p.Extended.AtLeast
	}
	if c.To.Expires.Before(c.To.AtLeast) {
		c.To.Expires = c.To.AtLeast
		c.Note = "somebody has asked for it to be kept until " + day(c.To.AtLeast)
	}
	if c.To.Expires.Before(p.LockedUntil) {
		c.To.Expires = p.LockedUntil
		c.Note = fmt.Sprintf("locked until %s", day(p.LockedUntil))
	}
	return c
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// ByRule returns an Assign that replays the policy over the points, as if they
// were committed under it now, oldest first. A point taken on demand keeps its
// rule, or gets the default rule if the policy no longer has it. Damaged points
// keep their retention. A good point is decided among good points only, and a
// copied point that was not read back among all points: a point that may be
// damaged must not take a good point's place.
func ByRule(p policy.Policy) (Assign, error) {
	if _, err := policy.NewReplay(p); err != nil {
		return nil, err
	}
	return func(points []vault.Point) map[string]Assigned {
		assigned := make(map[string]Assigned, len(points))
		amongGood, amongAll := replays(p)
		for _, point := range points {
			if !point.Good && !point.Copied || !lasts(&point) {
				continue
			}
			d, err := decide(amongAll, p, point)
			if point.Good {
				d, err = decide(amongGood, p, point)
			}
			if err == nil {
				assigned[point.ID] = Assigned{Rule: d.Rule, ArchiveAt: d.ArchiveAt, Expires: d.Expires}
			}
		}
		return assigned
	}, nil
}

// replays returns two replays of the policy.
func replays(p policy.Policy) (amongGood, amongAll *policy.Replay) {
	amongGood, _ = policy.NewReplay(p)
	amongAll, _ = policy.NewReplay(p)
	return amongGood, amongAll
}

// decide returns the decision for one point and counts the point if it is a
// scheduled one.
func decide(replay *policy.Replay, p policy.Policy, point vault.Point) (policy.Decision, error) {
	if point.Trigger != manifest.TriggerSchedule {
		if _, ok := p.Rule(point.Rule); ok {
			return replay.Named(point.Rule, point.Time)
		}
		return replay.Named(policy.DefaultRule, point.Time)
	}
	defer replay.Count(point.Time)
	return replay.Decide(point.Time)
}
