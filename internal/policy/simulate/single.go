package simulate

import (
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/schedule"
)

const (
	// singleYears is how far [Singles] looks ahead.
	singleYears = 4
	// Where fewer than one period in so many has a single backup it is the clock
	// that is changed, and no plan.
	singleShare = 10
)

// Single is a rule that names days on which there is a single backup, and so
// nothing to fall back on when that one fails.
type Single struct {
	Rule string
	// Period is what has no point then: a week, a month or a year.
	Period policy.Period
}

// Singles returns the rules of a policy that name days and leave, over the coming
// years, a week, month or year without a point where one backup fails.
func Singles(p policy.Policy, from time.Time) ([]Single, error) {
	zone, err := time.LoadLocation(p.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("policy %s: time zone: %w", p.Name, err)
	}
	var starts []time.Time
	for _, s := range p.Schedules {
		some, err := schedule.Starts(s, from, from.AddDate(singleYears, 0, 0))
		if err != nil {
			return nil, fmt.Errorf("policy %s: %w", p.Name, err)
		}
		starts = append(starts, some...)
	}
	var found []Single
	for _, rule := range p.Rules {
		if period := periodOfDays(rule); period != "" && hasSingles(rule, period, p.WeekStart, starts, zone) {
			found = append(found, Single{Rule: rule.Name, Period: period})
		}
	}
	return found, nil
}

// hasSingles reports whether some of a rule's periods have one backup of its own.
func hasSingles(rule policy.Rule, period policy.Period, weekStart policy.Weekday, starts []time.Time, zone *time.Location) bool {
	backups := map[policy.Date]int{}
	for _, at := range starts {
		if local := at.In(zone); rule.Claims(local) {
			backups[policy.Begins(period, weekStart, local)]++
		}
	}
	single := 0
	for _, n := range backups {
		if n == 1 {
			single++
		}
	}
	return single*singleShare > len(backups)
}

// periodOfDays is what a rule that names days has its points for: what it takes
// the first of, or else what its days come again in. It is empty for a rule that
// names none.
func periodOfDays(rule policy.Rule) policy.Period {
	inMonth := len(rule.WeeksOfMonth)+len(rule.DaysOfMonth) > 0
	switch {
	case !inMonth && len(rule.DaysOfWeek) == 0:
		return ""
	case rule.FirstOf != "" && rule.FirstOf != policy.Day:
		return rule.FirstOf
	case inMonth:
		return policy.CalendarMonth
	}
	return policy.Week
}
