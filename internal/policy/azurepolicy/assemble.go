package azurepolicy

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/policy"
)

// assemble builds the policy from what was read.
func (p *policyReader) assemble() {
	p.policy.TimeZone = cmp.Or(p.policy.TimeZone, "UTC")
	p.policy.WeekStart = policy.Weekday(time.Monday)
	in, err := time.LoadLocation(p.policy.TimeZone)
	if err != nil {
		p.problem("timeZone", "%v", err) // unreachable: zone has loaded it
		return
	}
	p.schedules(in)
	p.unite(in)
}

// schedules combines times on the same days into one schedule.
func (p *policyReader) schedules(in *time.Location) {
	days := map[policy.TimeOfDay]map[policy.Weekday]bool{}
	for _, s := range p.starts {
		at := p.wall(s, in)
		for range max(1, int(aDay/s.every)) {
			t := timeOfDay(at)
			if days[t] == nil {
				days[t] = map[policy.Weekday]bool{}
			}
			if s.every == aWeek {
				days[t][policy.Weekday(at.Weekday())] = true
				break
			}
			for _, day := range policy.AllDays() {
				days[t][day] = true
			}
			at = at.Add(s.every)
		}
	}
	for _, t := range slices.SortedFunc(maps.Keys(days), compareTimes) {
		on := slices.DeleteFunc(policy.AllDays(), func(d policy.Weekday) bool { return !days[t][d] })
		i := slices.IndexFunc(p.policy.Schedules, func(s policy.Schedule) bool { return slices.Equal(s.Days, on) })
		if i < 0 {
			p.policy.Schedules = append(p.policy.Schedules, policy.Schedule{Days: on, TimeZone: p.policy.TimeZone, CatchUpWindow: policy.DefaultCatchUp})
			i = len(p.policy.Schedules) - 1
		}
		p.policy.Schedules[i].Times = append(p.policy.Schedules[i].Times, t)
	}
}

// wall returns the time on the zone's clocks, and notes a difference from the
// time in the file.
func (p *policyReader) wall(s start, in *time.Location) time.Time {
	at, asWritten := s.wall(in)
	if !asWritten {
		p.note(s.path, "%s is no time of %s by its offset; taken as that instant, which is %s %s there",
			s.at.Format("2006-01-02T15:04Z07:00"), p.policy.TimeZone, at.Weekday(), at.Format("15:04"))
	}
	if at.Second() != 0 || at.Nanosecond() != 0 {
		p.note(s.path, "its seconds are left out: here schedules have minutes")
	}
	return at
}

func timeOfDay(t time.Time) policy.TimeOfDay {
	return policy.TimeOfDay{Hour: t.Hour(), Minute: t.Minute()}
}

func compareTimes(a, b policy.TimeOfDay) int {
	return cmp.Or(cmp.Compare(a.Hour, b.Hour), cmp.Compare(a.Minute, b.Minute))
}
