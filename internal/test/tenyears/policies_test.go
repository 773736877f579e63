package tenyears_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/pgvault/pgvault/internal/policy"
)

// zones have clock changes in spring, in autumn, at midnight or not at all, and
// are far from UTC on both sides.
var zones = []string{
	"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "America/Santiago", "Pacific/Kiritimati",
	"Pacific/Pago_Pago", "Africa/Casablanca", "Asia/Tehran",
}

func pick[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }

// some returns one to most of the elements, in order.
func some[T any](random *rand.Rand, most int, from ...T) []T {
	want := 1 + random.IntN(min(most, len(from)))
	var chosen []T
	for i, item := range from {
		if random.IntN(len(from)-i) < want-len(chosen) {
			chosen = append(chosen, item)
		}
	}
	return chosen
}

// randomPolicy returns a random policy that `pgvault apply` accepts.
func randomPolicy(random *rand.Rand) policy.Policy {
	for {
		p := policy.Policy{
			Name:      fmt.Sprintf("policy-%d", random.Uint32()),
			TimeZone:  pick(random, zones...),
			WeekStart: policy.Weekday(random.IntN(7)),
		}
		p.Schedules = []policy.Schedule{{Times: randomTimes(random), Days: randomDays(random), TimeZone: p.TimeZone}}
		if random.IntN(4) == 0 {
			p.Schedules = append(p.Schedules, policy.Schedule{Times: randomTimes(random), Days: randomDays(random), TimeZone: pick(random, zones...)})
		}
		p.Rules = randomRules(random)
		if p = p.Normal(); p.Validate() == nil {
			return p
		}
	}
}

// smallPolicy returns a random policy that keeps some hundreds of points, so
// that ten years of days take seconds.
func smallPolicy(random *rand.Rand) policy.Policy {
	for {
		p := randomPolicy(random)
		points := 0.0
		for _, rule := range p.Rules {
			_, expires := rule.Ends(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
			days := map[policy.Period]float64{"": 1, policy.Day: 1, policy.Week: 7, policy.CalendarMonth: 30, policy.Year: 365}[rule.FirstOf]
			points += expires.Sub(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).Hours() / 24 / days
		}
		if points < 400 {
			return p
		}
	}
}

func randomTimes(random *rand.Rand) []policy.TimeOfDay {
	times := make([]policy.TimeOfDay, 1+random.IntN(5)/4)
	for i := range times {
		// Many at night, when clocks change.
		times[i] = policy.TimeOfDay{Hour: pick(random, 0, 1, 2, 3, random.IntN(24)), Minute: pick(random, 0, 30, random.IntN(60))}
	}
	return times
}

func randomDays(random *rand.Rand) []policy.Weekday {
	if random.IntN(3) > 0 {
		return policy.AllDays()
	}
	return some(random, 7, policy.AllDays()...)
}

func randomRules(random *rand.Rand) []policy.Rule {
	var rules []policy.Rule
	for _, name := range []string{policy.DefaultRule, "Daily", "Weekly", "Monthly", "Yearly"} {
		if name != policy.DefaultRule && random.IntN(5) < 2 {
			continue
		}
		rule, _ := policy.BuiltIn(name, randomLifecycle(random))
		rules = append(rules, rule)
	}
	for i := range random.IntN(4) {
		rules = append(rules, randomRule(random, fmt.Sprintf("own-%d", i)))
	}
	return rules
}

func randomRule(random *rand.Rand, name string) policy.Rule {
	rule := policy.Rule{Name: name, Priority: 1 + random.IntN(98), Lifecycle: randomLifecycle(random)}
	if random.IntN(2) == 0 {
		rule.FirstOf = pick(random, policy.Day, policy.Week, policy.CalendarMonth, policy.Year)
	}
	if random.IntN(2) == 0 {
		rule.DaysOfWeek = some(random, 3, policy.AllDays()...)
	}
	if random.IntN(3) == 0 {
		rule.WeeksOfMonth = some(random, 2, policy.WeekOfMonth(1), policy.WeekOfMonth(2), policy.WeekOfMonth(3), policy.WeekOfMonth(4), policy.LastWeek)
	}
	if random.IntN(4) == 0 {
		rule.Months = some(random, 4, policy.Month(time.January), policy.Month(time.March), policy.Month(time.June), policy.Month(time.October), policy.Month(time.December))
	}
	if random.IntN(4) == 0 {
		rule.DaysOfMonth = some(random, 3, policy.DayOfMonth(1), policy.DayOfMonth(1+random.IntN(28)), policy.DayOfMonth(28), policy.LastDay)
	}
	return rule
}

func randomLifecycle(random *rand.Rand) policy.Lifecycle {
	l := policy.Lifecycle{Standard: pick(random,
		policy.Duration{Days: 7 + random.IntN(60)}, policy.Duration{Months: 1 + random.IntN(13)},
		policy.Duration{Years: 1 + random.IntN(2), Months: random.IntN(3)}, policy.Duration{Years: 10})}
	if random.IntN(3) == 0 {
		l.Archive = pick(random, policy.Duration{Months: 6 + random.IntN(20)}, policy.Duration{Years: 1 + random.IntN(9)}, policy.Duration{Days: 200 + random.IntN(300)})
	}
	return l
}
