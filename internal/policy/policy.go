package policy

import (
	"cmp"
	"slices"
)

// Policy says when an instance is backed up and how long its points are kept.
type Policy struct {
	Name string `json:"name"`
	// Schedules are one or more.
	Schedules []Schedule `json:"schedules"`
	// TimeZone is where days, weeks, months and years are counted; that of the
	// first schedule unless told otherwise.
	TimeZone string `json:"timeZone"`
	// WeekStart is the first day of a week; Monday unless told otherwise.
	WeekStart Weekday `json:"weekStart"`
	// Rules are the retention rules, the one that wins first. [DefaultRule] is the last.
	Rules []Rule `json:"rules"`
}

// Rule returns the rule of that name.
func (p Policy) Rule(name string) (Rule, bool) {
	i := slices.IndexFunc(p.Rules, func(r Rule) bool { return r.Name == name })
	if i < 0 {
		return Rule{}, false
	}
	return p.Rules[i], true
}

// RuleNames are the names of the rules, the one that wins first.
func (p Policy) RuleNames() []string {
	names := make([]string, len(p.Rules))
	for i, r := range p.Rules {
		names[i] = r.Name
	}
	return names
}

// Normal sorts the rules and fills in the time zone, so that the same policy is
// the same value. It does not guess WeekStart, whose zero is a day too.
func (p Policy) Normal() Policy {
	p.Rules = slices.Clone(p.Rules)
	slices.SortStableFunc(p.Rules, func(a, b Rule) int { return cmp.Compare(a.Priority, b.Priority) })
	if p.TimeZone == "" && len(p.Schedules) > 0 {
		p.TimeZone = p.Schedules[0].TimeZone
	}
	return p
}
