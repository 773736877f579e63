package cli

import (
	"fmt"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy/schedule"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// statusMissed is the status of a backup whose job was never started.
const statusMissed = "missed"

// failedStatuses are the statuses of work that was not done.
var failedStatuses = []string{"failed", "timed out", statusMissed}

// withMissed adds a row for each time since from at which a schedule did not
// start a backup as expected.
func withMissed(rows []jobRow, states []schedule.State, from, now time.Time) ([]jobRow, error) {
	started, stopped := map[string][]schedule.Job{}, stoppedSpans(rows)
	for _, r := range rows {
		if r.Operation == jobs.TypeBackup {
			started[r.Instance] = append(started[r.Instance], schedule.Job{ID: r.ID, Started: r.Started, Ended: r.Ended})
		}
	}
	for _, states := range byInstance(states) {
		instance, _ := jobs.InstanceOfSchedule(states[0].ID)
		missed, err := schedule.MissedStarts(states, started[instance], stopped[instance], from, now)
		if err != nil {
			return nil, fmt.Errorf("schedules of %s: %w", instance, err)
		}
		for _, m := range missed {
			rows = append(rows, rowOfMissed(instance, m))
		}
	}
	slices.SortStableFunc(rows, func(a, b jobRow) int { return b.when().Compare(a.when()) })
	return rows, nil
}

// when returns the time by which a row is sorted.
func (r jobRow) when() time.Time {
	if r.Started.IsZero() {
		return r.Scheduled
	}
	return r.Started
}

// byInstance groups schedules, which are sorted by ID, by instance.
func byInstance(states []schedule.State) (divided [][]schedule.State) {
	index := map[string]int{}
	for _, s := range states {
		first := jobs.FirstSchedule(s.ID)
		if _, ok := index[first]; !ok {
			index[first] = len(divided)
			divided = append(divided, nil)
		}
		divided[index[first]] = append(divided[index[first]], s)
	}
	return divided
}

func rowOfMissed(instance string, m schedule.Missed) jobRow {
	return jobRow{
		ID: m.ScheduleID + "-" + m.At.UTC().Format(time.RFC3339), Operation: jobs.TypeBackup, Instance: instance,
		Status: statusMissed, Message: missedText(m), Scheduled: m.At.UTC(), Reason: m.Reason, Trigger: manifest.TriggerSchedule,
	}
}

func missedText(m schedule.Missed) string {
	switch {
	case m.Reason == schedule.ReasonAway:
		return "Temporal was away, or came back when the catch-up window of the schedule was over"
	case m.Reason == schedule.ReasonPaused:
		return "the schedule was paused"
	case m.Job == "":
		return "an earlier job of the schedule still ran"
	}
	return "job " + m.Job + " still ran, or waited for a worker"
}

// stoppedSpans returns when the protection of each instance was stopped, as far
// as the rows show.
func stoppedSpans(rows []jobRow) map[string][]schedule.Span {
	spans := map[string][]schedule.Span{}
	byEnd := slices.SortedFunc(slices.Values(rows), func(a, b jobRow) int { return a.Ended.Compare(b.Ended) })
	for _, r := range byEnd {
		if r.Status != "completed" {
			continue
		}
		all := spans[r.Instance]
		last := len(all) - 1
		open := last >= 0 && all[last].To.IsZero()
		switch {
		case r.Operation == jobs.TypeStopProtection && !open:
			spans[r.Instance] = append(all, schedule.Span{From: r.Started})
		case r.Operation == jobs.TypeResumeProtection && open:
			all[last].To = r.Ended
		case r.Operation == jobs.TypeResumeProtection && len(all) == 0:
			// The protection was stopped before the period.
			spans[r.Instance] = append(all, schedule.Span{To: r.Ended})
		}
	}
	return spans
}
