package schedule

import (
	"cmp"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
)

// Job is a backup job, as far as it is needed to find the missed ones.
type Job struct {
	ID      string
	Started time.Time
	// Ended is zero while the job runs.
	Ended time.Time
}

// Span is a time during which no backups are wanted. A zero To means that it lasts.
type Span struct{ From, To time.Time }

func (s Span) contains(at time.Time) bool {
	return !at.Before(s.From) && (s.To.IsZero() || at.Before(s.To))
}

// State is a schedule as the server knows it.
type State struct {
	ID       string
	Schedule policy.Schedule
	// Since is when the schedule got these times: what it had before is not known.
	Since  time.Time
	Paused bool
	// LateActions and OverlappingActions are how many starts the server has left
	// out so far, since it was later than the catch-up window or a job still ran.
	LateActions, OverlappingActions int
}

// Reason says why a job was not started.
type Reason string

// The reasons.
const (
	// ReasonOverlap is that an earlier job of the same schedule still ran.
	ReasonOverlap Reason = "overlap"
	// ReasonAway is that Temporal came back when the catch-up window was over.
	ReasonAway Reason = "away"
	// ReasonPaused is that the schedule is paused, or was.
	ReasonPaused Reason = "paused"
)

// Missed is a time at which a schedule should have started a job and did not.
type Missed struct {
	ScheduleID string
	At         time.Time
	Reason     Reason
	// Job is the one that still ran, if the reason is an overlap and it is known.
	Job string
}

// startSlack is how long after its time, and its jitter, a job may take to be listed.
const startSlack = 2 * time.Minute

// MissedStarts returns the times of an instance's schedules, from one time on, at
// which none of the jobs was started, the earliest first. A time that several
// schedules have is there once. Times within unwanted are none, nor are those
// before a schedule had its present times, nor the repetition of a time when
// clocks go back, which Temporal may leave out.
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

// missed finds the reason for which the schedule left a time out.
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
