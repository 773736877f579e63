package schedule

import (
	"cmp"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
)

// Job has the fields of a backup job that are needed to find missed ones.
type Job struct {
	ID      string
	Started time.Time
	// Ended is zero while the job is running.
	Ended time.Time
}

// Span is a time during which no backups are expected. A zero To means that it
// has not ended.
type Span struct{ From, To time.Time }

func (s Span) contains(at time.Time) bool {
	return !at.Before(s.From) && (s.To.IsZero() || at.Before(s.To))
}

// State is the state of a schedule on the server.
type State struct {
	ID       string
	Schedule policy.Schedule
	// Since is the time from which the schedule has had its current times. Its
	// earlier times are unknown.
	Since  time.Time
	Paused bool
	// LateActions and OverlappingActions count the starts that the server
	// skipped because the catch-up window was over or a job was running.
	LateActions, OverlappingActions int
}

// Reason is the reason why a job was not started.
type Reason string

// The reasons.
const (
	// ReasonOverlap means that an earlier job of the same schedule was running.
	ReasonOverlap Reason = "overlap"
	// ReasonAway means that Temporal was unavailable until after the catch-up
	// window.
	ReasonAway Reason = "away"
	// ReasonPaused means that the schedule is or was paused.
	ReasonPaused Reason = "paused"
)

// Missed is a time at which a schedule did not start a job as expected.
type Missed struct {
	ScheduleID string
	At         time.Time
	Reason     Reason
	// Job is the job that was running, if the reason is an overlap and the job
	// is known.
	Job string
}

// startSlack is how long after its time and jitter a job may take to be listed.
const startSlack = 2 * time.Minute

// MissedStarts returns the times of an instance's schedules in [from, now) at
// which no job was started, earliest first. A time of several schedules is
// returned once. MissedStarts leaves out times within unwanted, times before a
// schedule had its current times, and the second occurrence of a time when
// clocks go back, which Temporal may skip.
func MissedStarts(states []State, started []Job, unwanted []Span, from, now time.Time) ([]Missed, error) {
	done := map[int64]bool{}
	for _, j := range started {
		if _, at, ok := jobs.ScheduleOf(j.ID); ok {
			done[at.Unix()] = true
		}
	}
	var missed []Missed
	for _, s := range states {
		begin := from
		if s.Since.After(from) {
			begin = s.Since
		}
		starts, err := Starts(s.Schedule, begin, now.Add(-s.Schedule.Jitter.Std()-startSlack))
		if err != nil {
			return nil, err
		}
		for _, at := range starts {
			wanted := !slices.ContainsFunc(unwanted, func(span Span) bool { return span.contains(at) })
			if wanted && !done[at.Unix()] && !repeated(at) {
				done[at.Unix()] = true
				missed = append(missed, s.missed(at, started))
			}
		}
	}
	slices.SortFunc(missed, func(a, b Missed) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ScheduleID, b.ScheduleID)) })
	return missed, nil
}

// missed returns why the schedule skipped a time.
func (s State) missed(at time.Time, started []Job) Missed {
	m := Missed{ScheduleID: s.ID, At: at}
	last := time.Time{}
	for _, j := range started {
		id, scheduled, ok := jobs.ScheduleOf(j.ID)
		if !ok || id != s.ID {
			continue
		}
		if scheduled.After(last) {
			last = scheduled
		}
		if scheduled.Before(at) && !j.Started.After(at.Add(s.Schedule.Jitter.Std())) && (j.Ended.IsZero() || j.Ended.After(at)) {
			m.Reason, m.Job = ReasonOverlap, j.ID
		}
	}
	switch {
	case m.Reason != "":
	case s.Paused && at.After(last):
		m.Reason = ReasonPaused
	case s.LateActions > 0:
		m.Reason = ReasonAway
	case s.OverlappingActions > 0:
		m.Reason = ReasonOverlap
	default:
		m.Reason = ReasonPaused
	}
	return m
}
