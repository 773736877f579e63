package temporalx

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
)

// stopNote is the note of pauses of instances whose protection was stopped.
const stopNote = "pgvault: protection is stopped"

// StopSchedules pauses an instance's schedules until [ResumeSchedules]. A
// schedule that is already paused keeps its note.
func StopSchedules(ctx context.Context, c client.Client, ids []string) error {
	return eachSchedule(ctx, c, ids, func(handle client.ScheduleHandle, state *client.ScheduleState) error {
		if state.Paused {
			return nil
		}
		return RequestError("pause", handle.Pause(ctx, client.SchedulePauseOptions{Note: stopNote}))
	})
}

// ResumeSchedules ends the pauses of [StopSchedules] and no others.
func ResumeSchedules(ctx context.Context, c client.Client, ids []string) error {
	return eachSchedule(ctx, c, ids, func(handle client.ScheduleHandle, state *client.ScheduleState) error {
		if !state.Paused || state.Note != stopNote {
			return nil
		}
		return RequestError("resume", handle.Unpause(ctx, client.ScheduleUnpauseOptions{Note: "pgvault: protection goes on"}))
	})
}

// eachSchedule calls do for each schedule that exists.
func eachSchedule(ctx context.Context, c client.Client, ids []string, do func(client.ScheduleHandle, *client.ScheduleState) error) error {
	for _, id := range ids {
		handle := scheduleHandle(ctx, c, id)
		found, err := handle.Describe(ctx)
		var missing *serviceerror.NotFound
		if errors.As(err, &missing) {
			continue
		}
		if err == nil {
			err = do(handle, found.Schedule.State)
		} else {
			err = RequestError("describe", err)
		}
		if err != nil {
			return fmt.Errorf("schedule %s: %w", id, err)
		}
	}
	return nil
}
