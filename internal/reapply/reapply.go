package reapply

import (
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/vault"
)

// Assigned is what a policy gives a point.
type Assigned struct {
	Rule    string
	Expires time.Time
}

// Assign gives the points of an instance, the oldest first, what its policy
// gives them now, by ID. One that is left out keeps what it has.
type Assign func(points []vault.Point) map[string]Assigned

// Change is what becomes of one point.
type Change struct {
	Point string          `json:"point"`
	From  vault.Retention `json:"from"`
	To    vault.Retention `json:"to"`
	// Note tells why the point is kept longer than the policy says.
	Note string `json:"note,omitempty"`
}

// Longer tells that the point is kept longer than before.
func (c Change) Longer() bool { return c.To.Expires.After(c.From.Expires) }

// Plan gives what changes, in the points' order. What is deleted, being removed
// or without a readable expiry stays as it is.
func Plan(points []vault.Point, policy config.Policy, assign Assign) []Change {
	var lasting []vault.Point
	for _, p := range points {
		if p.Committed && !p.Removing && p.Deleted == nil && !p.Expires.IsZero() {
			lasting = append(lasting, p)
		}
	}
	assigned := assign(lasting)
	var changes []Change
	for _, p := range lasting {
		to, ok := assigned[p.ID]
		if !ok {
			continue
		}
		if c := change(p, policy.Name, to); c.From.Rule != c.To.Rule || c.From.Policy != c.To.Policy || !c.From.Expires.Equal(c.To.Expires) {
			changes = append(changes, c)
		}
	}
	return changes
}

func change(p vault.Point, policy string, to Assigned) Change {
	c := Change{
		Point: p.ID,
		From:  vault.Retention{Policy: p.Policy, Rule: p.Rule, Expires: p.Expires},
		To:    vault.Retention{Policy: policy, Rule: to.Rule, Expires: to.Expires.UTC()},
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

// ByRule keeps each point as long as the rule of that name says now; points
// whose rule is gone come under the default one.
func ByRule(policy config.Policy) Assign {
	return func(points []vault.Point) map[string]Assigned {
		assigned := make(map[string]Assigned, len(points))
		for _, p := range points {
			rule := p.Rule
			keep, ok := policy.Retention[rule]
			if !ok {
				if rule = config.DefaultRule; policy.Retention[rule] == (config.Duration{}) {
					continue
				}
				keep = policy.Retention[rule]
			}
			assigned[p.ID] = Assigned{Rule: rule, Expires: keep.AddTo(p.Time)}
		}
		return assigned
	}
}
