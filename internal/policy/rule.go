package policy

import (
	"slices"
	"time"
)

// DefaultRule is the retention rule of a backup that no other rule claims.
const DefaultRule = "Default"

// Rule is a retention rule: which points it claims, and how long it keeps them.
// A point falls under all that is given; what is empty asks nothing.
type Rule struct {
	Name string `json:"name"`
	// Priority decides between rules that claim the same point: the lowest wins.
	Priority int `json:"priority"`
	// FirstOf claims the first point of each period alone, among those that the
	// criteria below let through.
	FirstOf      Period        `json:"firstOf,omitempty"`
	DaysOfWeek   []Weekday     `json:"daysOfWeek,omitempty"`
	WeeksOfMonth []WeekOfMonth `json:"weeksOfMonth,omitempty"`
	Months       []Month       `json:"months,omitempty"`
	DaysOfMonth  []DayOfMonth  `json:"daysOfMonth,omitempty"`
	Lifecycle
}

// Lifecycle is how long a point is kept in each tier.
type Lifecycle struct {
	// Standard is how long it can be restored at once.
	Standard Duration `json:"standard"`
	// Archive is how long it is kept in the archive tier after that; none if zero.
	Archive Duration `json:"archive,omitzero"`
}

// String returns "30d", or "6m, then 24m in archive".
func (l Lifecycle) String() string {
	if l.Archive.IsZero() {
		return l.Standard.String()
	}
	return l.Standard.String() + ", then " + l.Archive.String() + " in archive"
}

// Ends returns when a point of that time is moved to archive, zero if never, and
// when it expires. Both are counted in the calendar of the time's zone.
func (l Lifecycle) Ends(at time.Time) (archived, expires time.Time) {
	expires = l.Standard.AddTo(at)
	if l.Archive.IsZero() {
		return time.Time{}, expires
	}
	return expires, l.Archive.AddTo(expires)
}

// builtIn are Azure Backup's own rules, with its priorities.
var builtIn = []Rule{
	{Name: "Yearly", Priority: 10, FirstOf: Year},
	{Name: "Monthly", Priority: 15, FirstOf: CalendarMonth},
	{Name: "Weekly", Priority: 20, FirstOf: Week},
	{Name: "Daily", Priority: 25, FirstOf: Day},
	{Name: DefaultRule, Priority: 99},
}

// BuiltIn returns the rule of one of the names Default, Daily, Weekly, Monthly
// and Yearly; false for any other name.
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

// Claims reports whether a day is one of the rule's, first of its period or not.
// Its date is that of the time's own zone.
func (r Rule) Claims(at time.Time) bool {
	_, month, day := at.Date()
	last := time.Date(at.Year(), month+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return asked(r.DaysOfWeek, func(d Weekday) bool { return time.Weekday(d) == at.Weekday() }) &&
		asked(r.Months, func(m Month) bool { return time.Month(m) == month }) &&
		asked(r.DaysOfMonth, func(d DayOfMonth) bool { return int(d) == day || d == LastDay && day == last }) &&
		asked(r.WeeksOfMonth, func(w WeekOfMonth) bool { return int(w) == (day-1)/7+1 || w == LastWeek && day+7 > last })
}

// asked reports whether one of the criteria holds, or there are none.
func asked[T any](criteria []T, holds func(T) bool) bool {
	return len(criteria) == 0 || slices.ContainsFunc(criteria, holds)
}

// Custom reports whether the rule is not built in.
func (r Rule) Custom() bool { return !slices.Contains(BuiltInNames(), r.Name) }

// criteria reports whether the rule asks for anything.
func (r Rule) criteria() bool {
	return r.FirstOf != "" || len(r.DaysOfWeek)+len(r.WeeksOfMonth)+len(r.Months)+len(r.DaysOfMonth) > 0
}
