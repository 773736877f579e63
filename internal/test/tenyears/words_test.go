package tenyears_test

import (
	"slices"
	"sync"
	"time"

	"github.com/pgvault/pgvault/internal/policy"
)

// This file implements the rules a second time, from their description and not
// from the code: slowly, with walks along the calendar in place of arithmetic.

// ruleInWords returns the rule of a scheduled point among the points that
// count: of the rules that want it, the one with the lowest priority number.
func ruleInWords(p policy.Policy, at time.Time, counting []time.Time) policy.Rule {
	zone := load(p.TimeZone)
	best := policy.Rule{Priority: 1000}
	for _, rule := range p.Rules {
		if rule.Priority < best.Priority && wants(rule, p.WeekStart, at.In(zone), counting) {
			best = rule
		}
	}
	return best
}

// wants reports whether a point meets a rule's criteria and, if the rule wants
// the first of a period only, no counting point is in the period.
func wants(rule policy.Rule, weekStart policy.Weekday, local time.Time, counting []time.Time) bool {
	if !fits(rule, local) {
		return false
	}
	if rule.FirstOf == "" {
		return true
	}
	period := periodOf(rule.FirstOf, weekStart, local)
	return !slices.ContainsFunc(counting, func(other time.Time) bool {
		other = other.In(local.Location())
		return periodOf(rule.FirstOf, weekStart, other).Equal(period) && fits(rule, other)
	})
}

// fits checks a day against every criterion of a rule.
func fits(rule policy.Rule, local time.Time) bool {
	date := noon(local)
	dayFits := len(rule.DaysOfWeek) == 0
	for _, day := range rule.DaysOfWeek {
		dayFits = dayFits || day.String() == date.Format("Mon")
	}
	monthFits := len(rule.Months) == 0
	for _, month := range rule.Months {
		monthFits = monthFits || month.String() == date.Format("Jan")
	}
	dateFits := len(rule.DaysOfMonth) == 0
	for _, day := range rule.DaysOfMonth {
		dateFits = dateFits || day.String() == date.Format("2") || day.String() == "last" && tomorrow(date).Format("2") == "1"
	}
	weekFits := len(rule.WeeksOfMonth) == 0
	for _, week := range rule.WeeksOfMonth {
		weekFits = weekFits || slices.Contains(weeksOf(date), week.String())
	}
	return dayFits && monthFits && dateFits && weekFits
}

// weeksOf returns the position of a date's weekday in the month: the first
// Monday is "first", and the last one "last", possibly besides "fourth".
func weeksOf(date time.Time) []string {
	names := []string{"first", "second", "third", "fourth", "fifth"}
	before, after := 0, 0
	for other := date; other.Month() == date.Month(); other = tomorrow(other) {
		if other.Weekday() == date.Weekday() {
			after++
		}
	}
	for other := date; other.Month() == date.Month(); other = yesterday(other) {
		if other.Weekday() == date.Weekday() {
			before++
		}
	}
	weeks := []string{names[before-1]}
	if after == 1 {
		weeks = append(weeks, "last")
	}
	return weeks
}

// periodOf returns a day that represents a period: the same for all times of
// the period and for no others.
func periodOf(of policy.Period, weekStart policy.Weekday, local time.Time) time.Time {
	date := noon(local)
	switch of {
	case policy.Year:
		return time.Date(date.Year(), 7, 1, 0, 0, 0, 0, time.UTC)
	case policy.CalendarMonth:
		return time.Date(date.Year(), date.Month(), 14, 0, 0, 0, 0, time.UTC)
	case policy.Week:
		for date.Weekday() != time.Weekday(weekStart) {
			date = yesterday(date)
		}
	}
	return date
}

// laterInWords goes month by month and then day by day, and keeps the time of
// day. A day that a month lacks becomes its last one.
func laterInWords(at time.Time, d policy.Duration) time.Time {
	days := calendar()
	date := int(noon(at).Sub(days[0].noon) / day)
	for range 12*d.Years + d.Months {
		for month := days[date].month; days[date].month == month; {
			date++
		}
	}
	for days[date].day < at.Day() && days[date+1].day != 1 {
		date++
	}
	for range d.Days {
		date++
	}
	to := days[date]
	return time.Date(to.year, to.month, to.day, at.Hour(), at.Minute(), at.Second(), 0, at.Location())
}

// calendarDay is a date, decomposed once, since the walks pass it millions of
// times.
type calendarDay struct {
	noon      time.Time
	year, day int
	month     time.Month
}

// calendar returns every day on which a point can exist, in order.
var calendar = sync.OnceValue(func() (days []calendarDay) {
	for date := time.Date(2020, 1, 1, 12, 0, 0, 0, time.UTC); date.Year() < 2100; date = tomorrow(date) {
		days = append(days, calendarDay{date, date.Year(), date.Day(), date.Month()})
	}
	return days
})

// endsInWords returns when a point is archived, zero if never, and when it
// expires.
func endsInWords(zone string, rule policy.Rule, at time.Time) (archived, expires time.Time) {
	expires = laterInWords(at.In(load(zone)), rule.Standard)
	if rule.Archive == (policy.Duration{}) {
		return time.Time{}, expires
	}
	return expires, laterInWords(expires, rule.Archive)
}

// noon returns the middle of a date in UTC, where all days have the same
// length.
func noon(local time.Time) time.Time {
	return time.Date(local.Year(), local.Month(), local.Day(), 12, 0, 0, 0, time.UTC)
}

func tomorrow(date time.Time) time.Time  { return date.Add(24 * time.Hour) }
func yesterday(date time.Time) time.Time { return date.Add(-24 * time.Hour) }

// locations caches locations, which are read from files.
var locations sync.Map

func load(zone string) *time.Location {
	if known, ok := locations.Load(zone); ok {
		return known.(*time.Location)
	}
	location, err := time.LoadLocation(zone)
	if err != nil {
		panic(err) // the tests name zones that exist
	}
	locations.Store(zone, location)
	return location
}
