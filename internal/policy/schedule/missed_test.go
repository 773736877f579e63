package schedule_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/schedule"
)

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return at
}

// ran returns a job of the schedule's time that took ten minutes.
func ran(t *testing.T, scheduleID, scheduled string) schedule.Job {
	started := instant(t, scheduled)
	return schedule.Job{ID: scheduleID + "-" + scheduled, Started: started, Ended: started.Add(10 * time.Minute)}
}

const first, second = "backup/shop/orders", "backup/shop/orders:2"

// nightly returns a schedule that has existed for long.
func nightly(t *testing.T, id, zone string, hour int) schedule.State {
	return schedule.State{ID: id, Schedule: at(zone, policy.AllDays(), policy.TimeOfDay{Hour: hour}), Since: instant(t, "2026-01-01T00:00:00Z")}
}

func TestMissedStarts(t *testing.T) {
	t.Parallel()
	plain := nightly(t, first, "UTC", 2)
	with := func(change func(*schedule.State)) []schedule.State {
		s := plain
		change(&s)
		return []schedule.State{s}
	}
	long := ran(t, first, "2026-11-24T02:00:00Z")
	long.Ended = instant(t, "2026-11-26T01:00:00Z")
	running := ran(t, first, "2026-11-24T02:00:00Z")
	running.Ended = time.Time{}
	late := long
	late.Started = instant(t, "2026-11-25T05:00:00Z") // caught up after the second time
	for name, c := range map[string]struct {
		states   []schedule.State
		jobs     []schedule.Job
		unwanted []schedule.Span
		want     []string
	}{
		"all ran": {
			[]schedule.State{plain},
			[]schedule.Job{ran(t, first, "2026-11-24T02:00:00Z"), ran(t, first, "2026-11-25T02:00:00Z"), ran(t, first, "2026-11-26T02:00:00Z")}, nil, nil,
		},
		"a job that ran on for two days": {
			[]schedule.State{plain}, []schedule.Job{long, ran(t, first, "2026-11-26T02:00:00Z")}, nil,
			[]string{"2026-11-25T02:00:00Z overlap " + long.ID},
		},
		"a job that still runs, or whose worker is away": {
			[]schedule.State{plain}, []schedule.Job{running}, nil,
			[]string{"2026-11-25T02:00:00Z overlap " + long.ID, "2026-11-26T02:00:00Z overlap " + long.ID},
		},
		"a job that began after the time overlaps with the next one only": {
			with(func(s *schedule.State) { s.LateActions = 1 }), []schedule.Job{late}, nil,
			[]string{"2026-11-25T02:00:00Z away ", "2026-11-26T02:00:00Z away "},
		},
		"Temporal was away": {
			with(func(s *schedule.State) { s.LateActions = 1 }),
			[]schedule.Job{ran(t, first, "2026-11-24T02:00:00Z"), ran(t, first, "2026-11-26T02:00:00Z")}, nil,
			[]string{"2026-11-25T02:00:00Z away "},
		},
		"an overlap with a job of before the period": {
			with(func(s *schedule.State) { s.OverlappingActions = 1 }),
			[]schedule.Job{ran(t, first, "2026-11-25T02:00:00Z"), ran(t, first, "2026-11-26T02:00:00Z")}, nil,
			[]string{"2026-11-24T02:00:00Z overlap "},
		},
		"paused now": {
			with(func(s *schedule.State) { s.Paused, s.LateActions = true, 1 }), []schedule.Job{ran(t, first, "2026-11-25T02:00:00Z")}, nil,
			[]string{"2026-11-24T02:00:00Z away ", "2026-11-26T02:00:00Z paused "},
		},
		"paused for a while": {
			[]schedule.State{plain}, []schedule.Job{ran(t, first, "2026-11-24T02:00:00Z"), ran(t, first, "2026-11-26T02:00:00Z")}, nil,
			[]string{"2026-11-25T02:00:00Z paused "},
		},
		"protection was stopped": {
			[]schedule.State{plain}, []schedule.Job{ran(t, first, "2026-11-26T02:00:00Z")},
			[]schedule.Span{{To: instant(t, "2026-11-24T12:00:00Z")}, {From: instant(t, "2026-11-25T00:00:00Z"), To: instant(t, "2026-11-25T12:00:00Z")}}, nil,
		},
		"protection is stopped": {[]schedule.State{plain}, nil, []schedule.Span{{From: instant(t, "2026-11-23T12:00:00Z")}}, nil},
		"the schedule is new, or has changed": {
			with(func(s *schedule.State) { s.Since = instant(t, "2026-11-25T12:00:00Z") }), nil, nil,
			[]string{"2026-11-26T02:00:00Z paused "},
		},
		"jitter has not passed": {with(func(s *schedule.State) {
			s.Since = instant(t, "2026-11-26T00:00:00Z")
			s.Schedule.Jitter = policy.ClockDuration(3 * time.Hour)
		}), nil, nil, nil},
		"two schedules": {
			[]schedule.State{plain, nightly(t, second, "UTC", 3)},
			[]schedule.Job{ran(t, first, "2026-11-24T02:00:00Z"), ran(t, first, "2026-11-25T02:00:00Z"), ran(t, first, "2026-11-26T02:00:00Z"), ran(t, second, "2026-11-24T03:00:00Z")}, nil,
			[]string{"2026-11-25T03:00:00Z paused ", "2026-11-26T03:00:00Z paused "},
		},
		"a job of another schedule is no overlap": {
			[]schedule.State{nightly(t, second, "UTC", 3)}, []schedule.Job{running, ran(t, second, "2026-11-24T03:00:00Z"), ran(t, second, "2026-11-25T03:00:00Z")}, nil,
			[]string{"2026-11-26T03:00:00Z paused "},
		},
		"two schedules that coincide, missed": {
			[]schedule.State{plain, nightly(t, second, "Europe/Berlin", 3)},
			[]schedule.Job{ran(t, first, "2026-11-24T02:00:00Z"), ran(t, second, "2026-11-25T02:00:00Z")}, nil,
			[]string{"2026-11-26T02:00:00Z paused "},
		},
		"jobs of people": {
			[]schedule.State{plain}, []schedule.Job{
				{ID: "backup/shop/orders/20261124T020000Z-abcdef", Started: instant(t, "2026-11-24T02:00:00Z")}, ran(t, first, "2026-11-25T02:00:00Z"), ran(t, first, "2026-11-26T02:00:00Z"),
			}, nil,
			[]string{"2026-11-24T02:00:00Z paused "},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := schedule.MissedStarts(c.states, c.jobs, c.unwanted, instant(t, "2026-11-23T12:00:00Z"), instant(t, "2026-11-26T04:00:00Z"))
			require.NoError(t, err)
			require.Equal(t, c.want, texts(found))
		})
	}
}

func texts(found []schedule.Missed) (lines []string) {
	for _, m := range found {
		lines = append(lines, m.At.UTC().Format(time.RFC3339)+" "+string(m.Reason)+" "+m.Job)
	}
	return lines
}

func TestMissedStartsWhenClocksChange(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		zone       string
		hour       int
		from, to   string
		want       []string
		ranAlready string
	}{
		"no such hour":        {"Europe/Berlin", 2, "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z", nil, ""},
		"an hour twice, east": {"Europe/Berlin", 1, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z", nil, "2026-10-24T23:00:00Z"},
		"an hour twice, west": {"America/New_York", 1, "2026-10-31T12:00:00Z", "2026-11-01T12:00:00Z", nil, "2026-11-01T05:00:00Z"},
		"both are missed":     {"America/New_York", 1, "2026-10-31T12:00:00Z", "2026-11-01T12:00:00Z", []string{"2026-11-01T05:00:00Z paused "}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var jobs []schedule.Job
			if c.ranAlready != "" {
				jobs = append(jobs, ran(t, first, c.ranAlready))
			}
			found, err := schedule.MissedStarts([]schedule.State{nightly(t, first, c.zone, c.hour)}, jobs, nil, instant(t, c.from), instant(t, c.to))
			require.NoError(t, err)
			require.Equal(t, c.want, texts(found))
		})
	}
}

func TestOfJob(t *testing.T) {
	t.Parallel()
	id, at, ok := jobs.ScheduleOf("backup/a-b:2-2026-11-24T02:00:00Z")
	require.True(t, ok)
	require.Equal(t, "backup/a-b:2", id)
	require.Equal(t, instant(t, "2026-11-24T02:00:00Z"), at)
	for _, id := range []string{"", "backup/a", "-2026-11-24T02:00:00Z", "backup/a/20261124T020000Z-abcdef", "backup/a-2026-13-24T02:00:00Z"} {
		_, _, ok := jobs.ScheduleOf(id)
		require.False(t, ok, id)
	}
	instance, ok := jobs.InstanceOfSchedule("backup/shop/orders:2")
	require.True(t, ok)
	require.Equal(t, "shop/orders", instance)
	_, ok = jobs.InstanceOfSchedule("sweep")
	require.False(t, ok)
}
