package temporalx

import (
	"context"
	"errors"
	"slices"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/schedule"
	"github.com/pgvault/pgvault/internal/temporalx/parallel"
)

// BackupSchedules returns the backup schedules of one instance, or of all
// instances if the name is empty, sorted by ID. It leaves out schedules that
// pgvault itself has paused, whose backups are not expected.
func BackupSchedules(ctx context.Context, c client.Client, instance string) ([]schedule.State, error) {
	ids, err := backupScheduleIDs(ctx, c, instance)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = "schedule " + id
	}
	each := make([]*schedule.State, len(ids))
	err = parallel.Each(ctx, names, func(ctx context.Context, i int) (err error) {
		each[i], err = scheduleState(ctx, c, ids[i])
		return err
	})
	var states []schedule.State
	for _, s := range each {
		if s != nil {
			states = append(states, *s)
		}
	}
	return states, err
}

func backupScheduleIDs(ctx context.Context, c client.Client, instance string) ([]string, error) {
	var ids []string
	err := eachListed(ctx, c, func(entry *client.ScheduleListEntry) {
		if name, ok := jobs.InstanceOfSchedule(entry.ID); ok && (instance == "" || name == instance) {
			ids = append(ids, entry.ID)
		}
	})
	slices.Sort(ids)
	return slices.Compact(ids), err
}

// scheduleState returns nil for a schedule that does not exist, was not made by
// pgvault, or is paused by pgvault.
func scheduleState(ctx context.Context, c client.Client, id string) (*schedule.State, error) {
	found, err := scheduleHandle(ctx, c, id).Describe(ctx)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return nil, nil
	}
	if err != nil {
		return nil, RequestError("describe", err)
	}
	times, ok := timesOf(found.Schedule.Spec)
	state := found.Schedule.State
	if !ok || state.Paused && (state.Note == pauseNote || state.Note == stopNote) {
		return nil, nil
	}
	s := &schedule.State{
		ID: id, Schedule: times, Since: found.Info.CreatedAt, Paused: state.Paused,
		LateActions: found.Info.NumActionsMissedCatchupWindow, OverlappingActions: found.Info.NumActionsSkippedOverlap,
	}
	// The server starts no job for a time before the last update.
	if found.Info.LastUpdateAt.After(s.Since) {
		s.Since = found.Info.LastUpdateAt
	}
	return s, nil
}

// timesOf returns the times of a spec made by specOf, and false for any other
// spec.
func timesOf(spec *client.ScheduleSpec) (policy.Schedule, bool) {
	s := policy.Schedule{TimeZone: zone(spec), Jitter: policy.ClockDuration(spec.Jitter)}
	for n, c := range spec.Calendars {
		hours, minutes := spread(c.Hour, 0, 0), spread(c.Minute, 0, 0)
		var days []policy.Weekday
		for _, day := range spread(c.DayOfWeek, 0, 6) {
			days = append(days, policy.Weekday(day))
		}
		if len(hours) != 1 || len(minutes) != 1 || n > 0 && !slices.Equal(days, s.Days) {
			return s, false
		}
		s.Days = days
		s.Times = append(s.Times, policy.TimeOfDay{Hour: hours[0], Minute: minutes[0]})
	}
	want := specOf(schedule.Desired{Times: s.Times, Days: s.Days, TimeZone: s.TimeZone, Jitter: spec.Jitter})
	return s, slices.Equal(calendars(spec), calendars(want))
}
