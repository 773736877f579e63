package tenyears_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/pgvault/pgvault/internal/config"
)

// Zones with clock changes in spring, in autumn, at midnight and not at all, and
// far from UTC on both sides.
var zones = []string{
	"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "America/Santiago", "Pacific/Kiritimati",
	"Pacific/Pago_Pago", "Africa/Casablanca", "Asia/Tehran",
}

func pick[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }

// some gives one to most of them, in their order.
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

// randomPolicy gives a policy that `pgvault apply` would take.
func randomPolicy(random *rand.Rand) config.Policy {
	for {
		p := config.Policy{
			Name:      fmt.Sprintf("policy-%d", random.Uint32()),
			TimeZone:  pick(random, zones...),
			WeekStart: config.Weekday(random.IntN(7)),
		}
		p.Schedules = []config.Schedule{{Times: randomTimes(random), Days: randomDays(random), TimeZone: p.TimeZone}}
		if random.IntN(4) == 0 {
			p.Schedules = append(p.Schedules, config.Schedule{Times: randomTimes(random), Days: randomDays(random), TimeZone: pick(random, zones...)})
		}
		p.Rules = randomRules(random)
		if p = p.Normal(); p.Validate() == nil {
			return p
		}
	}
}

// smallPolicy gives one that keeps some hundreds of points, so that ten years of
// days take seconds.
func smallPolicy(random *rand.Rand) config.Policy {
	for {
		p := randomPolicy(random)
		points := 0.0
		for _, rule := range p.Rules {
			_, expires := rule.Ends(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
			days := map[config.Period]float64{"": 1, config.Day: 1, config.Week: 7, config.CalendarMonth: 30, config.Year: 365}[rule.FirstOf]
			points += expires.Sub(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).Hours() / 24 / days
		}
		if points < 400 {
			return p
		}
	}
}

func randomTimes(random *rand.Rand) []config.TimeOfDay {
	times := make([]config.TimeOfDay, 1+random.IntN(5)/4)
	for i := range times {
		// Many at night, when clocks are changed.
		times[i] = config.TimeOfDay{Hour: pick(random, 0, 1, 2, 3, random.IntN(24)), Minute: pick(random, 0, 30, random.IntN(60))}
	}
	return times
}

func randomDays(random *rand.Rand) []config.Weekday {
	if random.IntN(3) > 0 {
		return config.AllDays()
	}
	return some(random, 7, config.AllDays()...)
}

func randomRules(random *rand.Rand) []config.Rule {
	var rules []config.Rule
	for _, name := range []string{config.DefaultRule, "Daily", "Weekly", "Monthly", "Yearly"} {
		if name != config.DefaultRule && random.IntN(5) < 2 {
			continue
		}
		rule, _ := config.BuiltIn(name, randomLifecycle(random))
		rules = append(rules, rule)
	}
	for i := range random.IntN(4) {
		rules = append(rules, randomRule(random, fmt.Sprintf("own-%d", i)))
	}
	return rules
}

func randomRule(random *rand.Rand, name string) config.Rule {
	rule := config.Rule{Name: name, Priority: 1 + random.IntN(98), Lifecycle: randomLifecycle(random)}
	if random.IntN(2) == 0 {
		rule.FirstOf = pick(random, config.Day, config.Week, config.CalendarMonth, config.Year)
	}
	if random.IntN(2) == 0 {
		rule.DaysOfWeek = some(random, 3, config.AllDays()...)
	}
	if random.IntN(3) == 0 {
		rule.WeeksOfMonth = some(random, 2, config.WeekOfMonth(1), config.WeekOfMonth(2), config.WeekOfMonth(3), config.WeekOfMonth(4), config.LastWeek)
	}
	if random.IntN(4) == 0 {
		rule.Months = some(random, 4, config.Month(time.January), config.Month(time.March), config.Month(time.June), config.Month(time.October), config.Month(time.December))
	}
	if random.IntN(4) == 0 {
		rule.DaysOfMonth = some(random, 3, config.DayOfMonth(1), config.DayOfMonth(1+random.IntN(28)), config.DayOfMonth(28), config.LastDay)
	}
	return rule
}

func randomLifecycle(random *rand.Rand) config.Lifecycle {
	l := config.Lifecycle{Standard: pick(random,
		config.Duration{Days: 7 + random.IntN(60)}, config.Duration{Months: 1 + random.IntN(13)},
		config.Duration{Years: 1 + random.IntN(2), Months: random.IntN(3)}, config.Duration{Years: 10})}
	if random.IntN(3) == 0 {
		l.Archive = pick(random, config.Duration{Months: 6 + random.IntN(20)}, config.Duration{Years: 1 + random.IntN(9)}, config.Duration{Days: 200 + random.IntN(300)})
	}
	return l
}
