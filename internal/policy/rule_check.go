package policy

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Limits of lifecycles, as in Azure Backup.
var (
	leastStandard, mostStandard = Duration{Days: 7}, Duration{Years: 10}
	leastArchive, mostArchive   = Duration{Months: 6}, Duration{Years: 10}
)

// Limits of a custom rule's priority. Higher numbers belong to the default
// rule.
const (
	LeastPriority = 1
	MostPriority  = 98
)

// CheckWithin compares durations by their shortest length, since months and
// years differ in length.
func (d Duration) CheckWithin(least, most Duration) error {
	from := time.Date(2001, time.February, 1, 0, 0, 0, 0, time.UTC)
	end := d.AddTo(from)
	if end.Before(least.AddTo(from)) || end.After(most.AddTo(from).AddDate(0, 0, 1)) {
		return fmt.Errorf("%s is not within %s and %s", d, least, most)
	}
	return nil
}

// CheckStandard returns an error if d is out of bounds for the standard tier.
func CheckStandard(d Duration) error { return d.CheckWithin(leastStandard, mostStandard) }

// CheckArchive returns an error if d is out of bounds for the archive tier.
func CheckArchive(d Duration) error { return d.CheckWithin(leastArchive, mostArchive) }

// Validate returns an error with everything that is wrong with the rules, or
// nil. It is for policies that were not parsed.
func (p Policy) Validate() error {
	var all []error
	if _, ok := p.Rule(DefaultRule); !ok {
		all = append(all, fmt.Errorf("there is no rule %s", DefaultRule))
	}
	for i, r := range p.Rules {
		if err := p.ValidateRule(i); err != nil {
			all = append(all, fmt.Errorf("rule %s: %w", r.Name, err))
		}
	}
	return errors.Join(all...)
}

// ValidateRule is like Validate for the rule at index, in the context of the
// others.
func (p Policy) ValidateRule(index int) error {
	r := p.Rules[index]
	if err := CheckStandard(r.Standard); err != nil {
		return err
	}
	if !r.Archive.IsZero() {
		if err := CheckArchive(r.Archive); err != nil {
			return err
		}
	}
	return p.CheckRule(index)
}

// CheckRule returns the first mistake of the rule at index, in the context of
// the others.
func (p Policy) CheckRule(index int) error {
	r := p.Rules[index]
	if err := CheckName(r.Name); err != nil {
		return fmt.Errorf("%q cannot name a rule; write up to 63 letters, digits, '.', '_' and '-'", r.Name)
	}
	if r.Custom() {
		if err := p.checkCustom(index); err != nil {
			return err
		}
	}
	if r.FirstOf != "" && !r.lasts(r.FirstOf) {
		return fmt.Errorf("it takes the first point of each %s and keeps it for %s, which is shorter: once it is gone, the next one would count as the first; keep it for %s at least",
			r.FirstOf, r.Lifecycle, r.FirstOf.atLeast())
	}
	return p.checkOutranked(r)
}

func (p Policy) checkCustom(index int) error {
	r := p.Rules[index]
	if !r.criteria() {
		return errors.New("it does not say which points it keeps; add daysOfWeek:, weeksOfMonth:, months:, daysOfMonth: or firstOf: to it")
	}
	if r.Priority < LeastPriority || r.Priority > MostPriority {
		return fmt.Errorf("priority %d is not a number from %d to %d", r.Priority, LeastPriority, MostPriority)
	}
	others := slices.Concat(builtIn, p.Rules[:index])
	if i := slices.IndexFunc(others, func(o Rule) bool { return o.Priority == r.Priority }); i >= 0 {
		return fmt.Errorf("priority %d is that of rule %s; give it one of its own", r.Priority, others[i].Name)
	}
	// In these years the calendar repeats after 28 years.
	for day := time.Date(2001, time.January, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2029; day = day.AddDate(0, 0, 1) {
		if r.Claims(day) {
			return nil
		}
	}
	return errors.New("no day is ever all that it asks for; leave some of it out")
}

// checkOutranked returns an error if the rule would take the first point of
// another rule's period and keep it for less than the period.
func (p Policy) checkOutranked(r Rule) error {
	for _, other := range p.Rules {
		if other.FirstOf == "" || other.Priority <= r.Priority || r.lasts(other.FirstOf) {
			continue
		}
		return fmt.Errorf("it wins over rule %s, which takes the first point of each %s, and keeps it for %s, which is shorter: once it is gone, the next one would count as the first; keep it for %s at least, or give it a priority above %d",
			other.Name, other.FirstOf, r.Lifecycle, other.FirstOf.atLeast(), other.Priority)
	}
	return nil
}

// lasts reports whether a point from the beginning of any period is kept to its
// end.
func (r Rule) lasts(p Period) bool {
	for month := range 48 { // one of the four years is a leap year
		start := time.Date(2001, time.January+time.Month(month), 1, 0, 0, 0, 0, time.UTC)
		if _, expires := r.Ends(start); expires.Before(p.end(start)) {
			return false
		}
	}
	return true
}

// end returns the end of the period that starts at start.
func (p Period) end(start time.Time) time.Time {
	switch p {
	case Year:
		return start.AddDate(1, 0, 0)
	case CalendarMonth:
		return start.AddDate(0, 1, 0)
	case Week:
		return start.AddDate(0, 0, 7)
	}
	return start.AddDate(0, 0, 1)
}

func (p Period) atLeast() Duration {
	switch p {
	case Year:
		return Duration{Years: 1}
	case CalendarMonth:
		return Duration{Months: 1}
	}
	return leastStandard
}
