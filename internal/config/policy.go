package config

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"
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

// Rule gives the rule of that name.
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

// storedPolicy is a policy as vaults hold it. Those of before there were several
// schedules have one, and a duration for each rule.
type storedPolicy struct {
	Name      string              `json:"name"`
	Schedules []Schedule          `json:"schedules"`
	TimeZone  string              `json:"timeZone"`
	WeekStart Weekday             `json:"weekStart"`
	Rules     []Rule              `json:"rules"`
	Schedule  *Schedule           `json:"schedule"`
	Retention map[string]Duration `json:"retention"`
}

// UnmarshalJSON also reads what was written before there were several schedules
// and rules with criteria.
func (p *Policy) UnmarshalJSON(data []byte) error {
	stored := storedPolicy{WeekStart: Weekday(time.Monday)}
	if err := json.Unmarshal(data, &stored); err != nil {
		return err
	}
	if stored.Schedules == nil && stored.Schedule != nil {
		stored.Schedules = []Schedule{*stored.Schedule}
	}
	for name, keep := range stored.Retention {
		if rule, ok := BuiltIn(name, Lifecycle{Standard: keep}); ok {
			stored.Rules = append(stored.Rules, rule)
		}
	}
	*p = Policy{
		Name: stored.Name, Schedules: stored.Schedules, TimeZone: stored.TimeZone, WeekStart: stored.WeekStart, Rules: stored.Rules,
	}.Normal()
	return nil
}
