package document

import (
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/azurepolicy"
)

// PolicyShown is the document of pgvault policy show.
type PolicyShown struct {
	Policy Policy `json:"policy"`
	// YAML is the policy as it stands in pgvault.yaml.
	YAML string `json:"yaml"`
	Outcome
}

// PolicyImported is the document of pgvault policy import.
type PolicyImported struct {
	Policy Policy `json:"policy"`
	// YAML is the policy as it stands in pgvault.yaml, with the notes as comments.
	YAML string `json:"yaml"`
	// Notes say what cannot be carried over as it stands.
	Notes []ImportNote `json:"notes"`
	Outcome
}

// ImportNote says what cannot be carried over as it stands.
type ImportNote struct {
	// Path is the path in the JSON that was read.
	Path string `json:"path"`
	Text string `json:"text"`
}

// Policy says when an instance is backed up and how long its points are kept.
type Policy struct {
	Name      string     `json:"name"`
	Schedules []Schedule `json:"schedules"`
	// TimeZone is the zone of days, weeks, months and years.
	TimeZone  string  `json:"timeZone"`
	WeekStart Weekday `json:"weekStart"`
	// FreshnessSeconds is the age that the newest good point must not exceed; absent if
	// it follows from the schedules.
	FreshnessSeconds float64 `json:"freshnessSeconds,omitempty"`
	// Rules have the highest priority first.
	Rules []Rule `json:"rules"`
}

// Schedule is a set of times on days of the week.
type Schedule struct {
	// Times are times of the day, such as "02:00".
	Times    []string  `json:"times"`
	Days     []Weekday `json:"days"`
	TimeZone string    `json:"timeZone"`
	// JitterSeconds is the longest random delay of a start.
	JitterSeconds float64 `json:"jitterSeconds"`
	// CatchUpSeconds is how late a job may start after an outage.
	CatchUpSeconds float64 `json:"catchUpSeconds"`
}

// Rule is a retention rule. A point meets it if it meets all criteria that are given.
type Rule struct {
	Name string `json:"name"`
	// Priority decides between rules that claim the same point: the lowest number wins.
	Priority int `json:"priority"`
	// FirstOf restricts the rule to the first point of each period.
	FirstOf    Period    `json:"firstOf,omitempty"`
	DaysOfWeek []Weekday `json:"daysOfWeek"`
	// WeeksOfMonth are "first" to "fourth" and "last".
	WeeksOfMonth []string `json:"weeksOfMonth"`
	Months       []Month  `json:"months"`
	// DaysOfMonth are "1" to "28" and "last".
	DaysOfMonth []string `json:"daysOfMonth"`
	// Standard is how long a point can be restored at once, in days, weeks, months and
	// years: "30d", "12w", "6m", "10y".
	Standard string `json:"standard"`
	// Archive is the time in the archive tier after that; absent without one.
	Archive string `json:"archive,omitempty"`
}

// Weekday is a day of the week.
type Weekday string

// The days of the week.
const (
	Monday    Weekday = "monday"
	Tuesday   Weekday = "tuesday"
	Wednesday Weekday = "wednesday"
	Thursday  Weekday = "thursday"
	Friday    Weekday = "friday"
	Saturday  Weekday = "saturday"
	Sunday    Weekday = "sunday"
)

// Month is a month.
type Month string

// The months.
const (
	January   Month = "january"
	February  Month = "february"
	March     Month = "march"
	April     Month = "april"
	May       Month = "may"
	June      Month = "june"
	July      Month = "july"
	August    Month = "august"
	September Month = "september"
	October   Month = "october"
	November  Month = "november"
	December  Month = "december"
)

// Period is a span of the calendar.
type Period string

// The periods.
const (
	PeriodDay   Period = "day"
	PeriodWeek  Period = "week"
	PeriodMonth Period = "month"
	PeriodYear  Period = "year"
)

// PolicyOf returns the document of a policy.
func PolicyOf(p policy.Policy) Policy {
	return Policy{
		Name: p.Name, Schedules: each(p.Schedules, scheduleOf), TimeZone: p.TimeZone, WeekStart: weekdayOf(p.WeekStart),
		FreshnessSeconds: p.Freshness.Std().Seconds(), Rules: each(p.Rules, ruleOf),
	}
}

// ImportNotesOf returns the documents of notes.
func ImportNotesOf(notes []azurepolicy.Note) []ImportNote {
	return each(notes, func(n azurepolicy.Note) ImportNote { return ImportNote(n) })
}

func scheduleOf(s policy.Schedule) Schedule {
	return Schedule{each(s.Times, policy.TimeOfDay.String), each(s.Days, weekdayOf), s.TimeZone, s.Jitter.Std().Seconds(), s.CatchUpWindow.Std().Seconds()}
}

func ruleOf(r policy.Rule) Rule {
	archive := ""
	if !r.Archive.IsZero() {
		archive = r.Archive.String()
	}
	return Rule{
		Name: r.Name, Priority: r.Priority, FirstOf: Period(r.FirstOf), DaysOfWeek: each(r.DaysOfWeek, weekdayOf),
		WeeksOfMonth: each(r.WeeksOfMonth, text), Months: each(r.Months, monthOf), DaysOfMonth: each(r.DaysOfMonth, text),
		Standard: r.Standard.String(), Archive: archive,
	}
}

func text[T fmt.Stringer](value T) string { return hyphenated(value.String()) }

func weekdayOf(d policy.Weekday) Weekday { return Weekday(hyphenated(time.Weekday(d).String())) }

func monthOf(m policy.Month) Month { return Month(hyphenated(time.Month(m).String())) }
