package policy

import (
	"slices"
	"time"
)

// DefaultRule is the name of the rule for backups that no other rule claims.
const DefaultRule = "Default"

// Rule is a retention rule: the points that it claims, and how long it keeps
// them. A point must meet all criteria; an empty criterion is met by every
// point.
type Rule struct {
	Name string `json:"name"`
	// Priority decides between rules that claim the same point: the lowest
	// number wins.
	Priority int `json:"priority"`
	// FirstOf restricts the rule to the first point of each period that meets
	// the criteria below.
	FirstOf      Period        `json:"firstOf,omitempty"`
	DaysOfWeek   []Weekday     `json:"daysOfWeek,omitempty"`
	WeeksOfMonth []WeekOfMonth `json:"weeksOfMonth,omitempty"`
	Months       []Month       `json:"months,omitempty"`
	DaysOfMonth  []DayOfMonth  `json:"daysOfMonth,omitempty"`
	Lifecycle
}

// Lifecycle is how long a point is kept in each tier.
type Lifecycle struct {
	// Standard is the time for which the point can be restored at once.
	Standard Duration `json:"standard"`
	// Archive is the time in the archive tier after that; zero means none.
	Archive Duration `json:"archive,omitzero"`
}

// String returns "30d", or "6m, then 24m in archive".
func (l Lifecycle) String() string {
	if l.Archive.IsZero() {
		return l.Standard.String()
	}
	return l.Standard.String() + ", then " + l.Archive.String() + " in archive"
}

// Ends returns the time at which a point of time at moves to the archive tier
// (zero if never) and the time at which it expires. Both are counted in the
// calendar of at's time zone.
func (l Lifecycle) Ends(at time.Time) (archived, expires time.Time) {
	expires = l.Standard.AddTo(at)
	if l.Archive.IsZero() {
		return time.Time{}, expires
	}
	return expires, l.Archive.AddTo(expires)
}

// builtIn are the rules of Azure Backup, with its priorities.
var builtIn = []Rule{
	{Name: "Yearly", Priority: 10, FirstOf: Year},
	{Name: "Monthly", Priority: 15, FirstOf: CalendarMonth},
	{Name: "Weekly", Priority: 20, FirstOf: Week},
	{Name: "Daily", Priority: 25, FirstOf: Day},
	{Name: DefaultRule, Priority: 99},
}

// BuiltIn returns the rule named Default, Daily, Weekly, Monthly or Yearly, and
// false for any other name.
func BuiltIn(name string, keep Lifecycle) (Rule, bool) {
	i := slices.IndexFunc(builtIn, func(r Rule) bool { return r.Name == name })
	if i < 0 {
		return Rule{}, false
	}
	rule := builtIn[i]
	rule.Lifecycle = keep
	return rule, true
}

// BuiltInNames returns the names of the built-in rules in order of priority.
func BuiltInNames() []string { return Policy{Rules: builtIn}.RuleNames() }

// Claims reports whether the date of at, in at's time zone, meets the rule's
// criteria. It ignores FirstOf.
func (r Rule) Claims(at time.Time) bool {
	_, month, day := at.Date()
	last := time.Date(at.Year(), month+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return emptyOrAny(r.DaysOfWeek, func(d Weekday) bool { return time.Weekday(d) == at.Weekday() }) &&
		emptyOrAny(r.Months, func(m Month) bool { return time.Month(m) == month }) &&
		emptyOrAny(r.DaysOfMonth, func(d DayOfMonth) bool { return int(d) == day || d == LastDay && day == last }) &&
		emptyOrAny(r.WeeksOfMonth, func(w WeekOfMonth) bool { return int(w) == (day-1)/7+1 || w == LastWeek && day+7 > last })
}

// emptyOrAny reports whether one of the criteria holds or there are none.
func emptyOrAny[T any](criteria []T, holds func(T) bool) bool {
	return len(criteria) == 0 || slices.ContainsFunc(criteria, holds)
}

// Custom reports whether the rule is not built in.
func (r Rule) Custom() bool { return !slices.Contains(BuiltInNames(), r.Name) }

// criteria reports whether the rule has any criterion.
func (r Rule) criteria() bool {
	return r.FirstOf != "" || len(r.DaysOfWeek)+len(r.WeeksOfMonth)+len(r.Months)+len(r.DaysOfMonth) > 0
}
