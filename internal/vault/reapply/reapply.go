package reapply

import (
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// Assigned is what a policy gives a point.
type Assigned struct {
	Rule      string
	ArchiveAt time.Time
	Expires   time.Time
}

// Assign assigns the points of an instance, the oldest first, what its policy
// gives them now, by ID. One that is left out keeps what it has.
type Assign func(points []vault.Point) map[string]Assigned

// Change is what becomes of one point.
type Change struct {
	Point string          `json:"point"`
	From  vault.Retention `json:"from"`
	To    vault.Retention `json:"to"`
	// Note reports where the point gets something else than the policy says.
	Note string `json:"note,omitempty"`
}

// Longer reports whether the point is kept longer than before.
func (c Change) Longer() bool { return c.To.Expires.After(c.From.Expires) }

// lasts reports whether a policy has a say in the point: not in one that is
// deleted, being removed or without a readable expiry.
func lasts(p *vault.Point) bool {
	return p.Committed && !p.Removing && p.Deleted == nil && !p.Expires.IsZero()
}

// Plan returns what changes under a policy of that name, in the points' order.
// What the policy has no say in stays as it is.
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

// ByRule returns each point what it would get if it were committed under the
// policy now, the oldest first. A point that was taken on demand keeps its rule,
// or comes under the default one if that is gone; what is damaged stays as it is.
// A copied point that nobody has read back gets its rule beside all points, and a
// good one beside good ones alone: what may be damaged takes no good point's place.
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

// replays returns two of a policy that one has been made of.
func replays(p policy.Policy) (amongGood, amongAll *policy.Replay) {
	amongGood, _ = policy.NewReplay(p)
	amongAll, _ = policy.NewReplay(p)
	return amongGood, amongAll
}

// decide returns one point's rule, and counts it where it counts.
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
