package policy

import (
	"cmp"
	"slices"
)

// Policy defines when an instance is backed up and how long its points are
// kept.
type Policy struct {
	Name string `json:"name"`
	// Schedules has at least one schedule.
	Schedules []Schedule `json:"schedules"`
	// TimeZone is the zone of days, weeks, months and years; by default that of
	// the first schedule.
	TimeZone string `json:"timeZone"`
	// WeekStart is the first day of a week; Monday by default.
	WeekStart Weekday `json:"weekStart"`
	// Freshness is the age that the newest good point must not exceed; 0 means that
	// it is derived from the schedules.
	Freshness ClockDuration `json:"freshness,omitzero"`
	// Rules are the retention rules, highest priority first. [DefaultRule] is
	// the last.
	Rules []Rule `json:"rules"`
}

// Rule returns the rule with the given name and whether it exists.
func (p Policy) Rule(name string) (Rule, bool) {
	i := slices.IndexFunc(p.Rules, func(r Rule) bool { return r.Name == name })
	if i < 0 {
		return Rule{}, false
	}
	return p.Rules[i], true
}

// RuleNames returns the names of the rules, highest priority first.
func (p Policy) RuleNames() []string {
	names := make([]string, len(p.Rules))
	for i, r := range p.Rules {
		names[i] = r.Name
	}
	return names
}

// Normal returns the policy with sorted rules and a time zone, so that equal
// policies are equal values. It does not set WeekStart, whose zero value is a
// valid day.
func (p Policy) Normal() Policy {
	p.Rules = slices.Clone(p.Rules)
	slices.SortStableFunc(p.Rules, func(a, b Rule) int { return cmp.Compare(a.Priority, b.Priority) })
	if p.TimeZone == "" && len(p.Schedules) > 0 {
		p.TimeZone = p.Schedules[0].TimeZone
	}
	return p
}
