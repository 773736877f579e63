package simulate

import (
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/schedule"
)

const (
	// singleYears is the number of years that [Singles] looks ahead.
	singleYears = 4
	// If fewer than one in singleShare periods has a single backup, a change of
	// clocks is the reason, not the policy.
	singleShare = 10
)

// Single is a rule that names days on which there is a single backup. If that
// backup fails, no other one takes its place.
type Single struct {
	Rule string
	// Period is the week, month or year that has no point then.
	Period policy.Period
}

// Singles returns the rules of a policy that name days and for which, in the
// coming years, a single failed backup leaves a week, month or year without a
// point.
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

// hasSingles reports whether some periods of a rule have only one backup that
// the rule claims.
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

// periodOfDays returns the period of a rule that names days: its FirstOf, or
// else the period in which its days recur. It returns "" for a rule that names
// none.
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
