package policy_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/policy"
)

var zones = []string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe"}

// randomPolicy returns a random valid policy.
func randomPolicy(random *rand.Rand) policy.Policy {
	for {
		p := policy.Policy{
			Name: "p", TimeZone: zones[random.IntN(len(zones))], WeekStart: policy.Weekday(random.IntN(7)),
			Rules: []policy.Rule{{Name: policy.DefaultRule, Priority: 99, Lifecycle: policy.Lifecycle{Standard: policy.Duration{Days: 7 + random.IntN(60)}}}},
		}
		for _, name := range []string{"Daily", "Weekly", "Monthly", "Yearly"} {
			if random.IntN(3) > 0 {
				rule, _ := policy.BuiltIn(name, randomLifecycle(random))
				p.Rules = append(p.Rules, rule)
			}
		}
		for i := range random.IntN(4) {
			p.Rules = append(p.Rules, randomRule(random, fmt.Sprint("Own", i)))
		}
		if p = p.Normal(); p.Validate() == nil {
			return p
		}
	}
}

func randomLifecycle(random *rand.Rand) policy.Lifecycle {
	l := policy.Lifecycle{Standard: policy.Duration{Days: 7 + random.IntN(400)}}
	if random.IntN(2) == 0 {
		l.Standard = policy.Duration{Months: 1 + random.IntN(24)}
	}
	if random.IntN(3) == 0 {
		l.Archive = policy.Duration{Months: 6 + random.IntN(60)}
	}
	return l
}

func randomRule(random *rand.Rand, name string) policy.Rule {
	rule := policy.Rule{Name: name, Priority: 1 + random.IntN(98), Lifecycle: randomLifecycle(random)}
	if random.IntN(2) == 0 {
		rule.FirstOf = []policy.Period{policy.Day, policy.Week, policy.CalendarMonth, policy.Year}[random.IntN(4)]
	}
	for range random.IntN(3) {
		rule.DaysOfWeek = append(rule.DaysOfWeek, policy.Weekday(random.IntN(7)))
	}
	if random.IntN(3) == 0 {
		rule.WeeksOfMonth = []policy.WeekOfMonth{policy.WeekOfMonth(1 + random.IntN(4)), policy.LastWeek}[random.IntN(2):]
	}
	if random.IntN(4) == 0 {
		rule.Months = []policy.Month{policy.Month(1 + random.IntN(12)), policy.Month(1 + random.IntN(12))}
	}
	if random.IntN(4) == 0 {
		rule.DaysOfMonth = []policy.DayOfMonth{policy.DayOfMonth(1 + random.IntN(28)), policy.LastDay}[random.IntN(2):]
	}
	return rule
}

// label identifies a period of a rule, by counting days back to its beginning.
func label(p policy.Policy, rule policy.Rule, local time.Time) string {
	switch rule.FirstOf {
	case policy.Year:
		return local.Format("2006")
	case policy.CalendarMonth:
		return local.Format("2006-01")
	case policy.Week:
		day := time.Date(local.Year(), local.Month(), local.Day(), 12, 0, 0, 0, time.UTC)
		for day.Weekday() != time.Weekday(p.WeekStart) {
			day = day.AddDate(0, 0, -1)
		}
		return day.Format(time.DateOnly)
	}
	return local.Format(time.DateOnly)
}

// stated is a simple and slow implementation of the choice of a point's rule.
func stated(p policy.Policy, local time.Time, earlier []time.Time) string {
	var claiming []policy.Rule
	for _, rule := range p.Rules {
		first := rule.Claims(local)
		for _, e := range earlier {
			e = e.In(local.Location())
			if rule.FirstOf != "" && rule.Claims(e) && label(p, rule, e) == label(p, rule, local) {
				first = false
			}
		}
		if first {
			claiming = append(claiming, rule)
		}
	}
	return slices.MinFunc(claiming, func(a, b policy.Rule) int { return cmp.Compare(a.Priority, b.Priority) }).Name
}

func TestDecideAgreesWithThePlainStatement(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 8))
	for range 120 {
		p := randomPolicy(random)
		zone, err := time.LoadLocation(p.TimeZone)
		require.NoError(t, err)
		replay, err := policy.NewReplay(p)
		require.NoError(t, err)
		at := time.Date(2026, time.Month(1+random.IntN(12)), 1+random.IntN(28), random.IntN(24), 0, 0, 0, time.UTC)
		var earlier []time.Time
		for range 60 {
			at = at.Add(time.Duration(1+random.IntN(200)) * time.Hour)
			d, err := replay.Decide(at)
			require.NoError(t, err)
			again, err := policy.Decide(p, at, earlier)
			require.NoError(t, err)
			require.Equal(t, again, d)
			require.Equal(t, stated(p, at.In(zone), earlier), d.Rule, "%+v\n%s\n%v", p, at, earlier)
			require.False(t, d.Expires.Before(at.AddDate(0, 0, 6)), "kept for a week at least, but for a clock change")
			require.True(t, d.ArchiveAt.IsZero() || d.ArchiveAt.Before(d.Expires))
			if random.IntN(8) > 0 { // otherwise it is damaged
				replay.Count(at)
				earlier = append(earlier, at)
			}
		}
	}
}

// During a period, its first point is kept. If it were deleted, the next one
// would count as the first and be kept needlessly.
func TestTheFirstOfAPeriodOutlivesIt(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(9, 10))
	for range 120 {
		p := randomPolicy(random)
		zone, err := time.LoadLocation(p.TimeZone)
		require.NoError(t, err)
		replay, err := policy.NewReplay(p)
		require.NoError(t, err)
		gone := map[string]time.Time{} // when the first point of each rule's period expires
		at := time.Date(2027, time.January, 1, random.IntN(24), 0, 0, 0, time.UTC)
		for range 500 {
			at = at.Add(time.Duration(1+random.IntN(72)) * time.Hour)
			d, err := replay.Decide(at)
			require.NoError(t, err)
			replay.Count(at)
			for _, rule := range p.Rules {
				if rule.FirstOf == "" || !rule.Claims(at.In(zone)) {
					continue
				}
				key := rule.Name + " " + label(p, rule, at.In(zone))
				if expires, there := gone[key]; there {
					require.True(t, at.Before(expires), "%+v\n%s is in a period whose first point has gone %s: %s", p, at, expires, key)
					continue
				}
				gone[key] = d.Expires
			}
		}
	}
}
