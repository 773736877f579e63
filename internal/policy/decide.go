package policy

import (
	"fmt"
	"time"
)

// Decision is the retention of a point under a policy.
type Decision struct {
	Rule string
	// Keep is the rule's lifecycle in words.
	Keep string
	// ArchiveAt is the time at which the point moves to the archive tier; zero
	// if it never does.
	ArchiveAt time.Time
	// Expires is the time until which the point is kept.
	Expires time.Time
}

// Decide returns the decision for a scheduled point of time at that is being
// committed. earlier has the times of the points that count: scheduled points
// that were committed before and can be restored.
func Decide(p Policy, at time.Time, earlier []time.Time) (Decision, error) {
	r, err := NewReplay(p)
	if err != nil {
		return Decision{}, err
	}
	for _, e := range earlier {
		r.Count(e)
	}
	return r.Decide(at)
}

// Named returns the decision for a point of time at under the named rule, as
// for a point taken on demand.
func Named(p Policy, rule string, at time.Time) (Decision, error) {
	r, err := NewReplay(p)
	if err != nil {
		return Decision{}, err
	}
	return r.Named(rule, at)
}

// Replay decides the points of an instance in the order of their commits.
type Replay struct {
	policy Policy
	zone   *time.Location
	// taken has the periods of each rule that have their first point.
	taken map[period]bool
}

// NewReplay returns a replay without points.
func NewReplay(p Policy) (*Replay, error) {
	zone, err := time.LoadLocation(p.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("policy %s: time zone: %w", p.Name, err)
	}
	return &Replay{policy: p, zone: zone, taken: map[period]bool{}}, nil
}

// Decide returns the decision for a scheduled point without counting the point.
func (r *Replay) Decide(at time.Time) (Decision, error) {
	local := at.In(r.zone)
	for _, rule := range r.policy.Rules {
		if rule.Claims(local) && (rule.FirstOf == "" || !r.taken[r.period(rule, local)]) {
			return decision(rule, local), nil
		}
	}
	return Decision{}, fmt.Errorf("policy %s has no rule for a point of %s, and no rule %s", r.policy.Name, at.UTC().Format(time.RFC3339), DefaultRule)
}

// Count counts a scheduled point that can be restored.
func (r *Replay) Count(at time.Time) {
	local := at.In(r.zone)
	for _, rule := range r.policy.Rules {
		if rule.FirstOf != "" && rule.Claims(local) {
			r.taken[r.period(rule, local)] = true
		}
	}
}

// Named returns the decision for a point under the named rule.
func (r *Replay) Named(name string, at time.Time) (Decision, error) {
	rule, ok := r.policy.Rule(name)
	if !ok {
		return Decision{}, fmt.Errorf("policy %s has no rule %s", r.policy.Name, name)
	}
	return decision(rule, at.In(r.zone)), nil
}

func decision(rule Rule, local time.Time) Decision {
	archived, expires := rule.Ends(local)
	d := Decision{Rule: rule.Name, Keep: rule.Lifecycle.String(), Expires: expires.UTC()}
	if !archived.IsZero() {
		d.ArchiveAt = archived.UTC()
	}
	return d
}
