package temporalx

import (
	"context"
	"errors"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/pgvault/pgvault/internal/policy/schedule"
)

func create(ctx context.Context, c client.Client, d schedule.Desired, owner Owner) error {
	spec := specOf(d)
	note := ""
	if d.Stopped {
		note = stopNote
	}
	err := patiently(ctx, func() error {
		_, err := c.ScheduleClient().Create(ctx, client.ScheduleOptions{
			Paused:         d.Stopped,
			Note:           note,
			ID:             d.ID,
			Spec:           *spec,
			Action:         actionOf(d, owner),
			Overlap:        overlap,
			CatchupWindow:  d.CatchUp,
			PauseOnFailure: d.PauseOnFailure,
			Memo:           owner.Memo(),
		})
		return err
	})
	if errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return err
	}
	return RequestError("create", err)
}

// replace updates the schedule and keeps its state, since a person may pause it
// meanwhile.
func replace(ctx context.Context, handle client.ScheduleHandle, d schedule.Desired, owner Owner) error {
	return RequestError("update", update(ctx, handle, d, owner, func(*client.ScheduleState) {}))
}

// putBack resumes a schedule that apply has paused, unless somebody else has
// paused it meanwhile. It uses an update, which sets the time from which jobs
// are expected again: the server does not guarantee the order of two requests.
func putBack(ctx context.Context, handle client.ScheduleHandle, d schedule.Desired, owner Owner) error {
	return RequestError("resume", update(ctx, handle, d, owner, func(state *client.ScheduleState) {
		if state.Note == pauseNote {
			state.Paused, state.Note = false, "pgvault: back in pgvault.yaml"
		}
	}))
}

// update replaces pgvault's fields of a schedule and calls change for its state.
func update(ctx context.Context, handle client.ScheduleHandle, d schedule.Desired, owner Owner, change func(*client.ScheduleState)) error {
	return handle.Update(ctx, client.ScheduleUpdateOptions{
		DoUpdate: func(input client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			s := input.Description.Schedule
			s.Spec, s.Action, s.Policy = specOf(d), actionOf(d, owner), policyOf(d)
			change(s.State)
			return &client.ScheduleUpdate{Schedule: &s}, nil
		},
	})
}

// remove deletes one of several schedules of an instance, or that of its drills or
// of scrubs.
func remove(ctx context.Context, handle client.ScheduleHandle) error {
	err := handle.Delete(ctx)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return nil
	}
	return RequestError("delete", err)
}

// pause pauses a schedule unless somebody has paused it meanwhile, whose note
// stays.
func pause(ctx context.Context, handle client.ScheduleHandle) error {
	found, err := handle.Describe(ctx)
	if err != nil {
		return RequestError("describe", err)
	}
	if found.Schedule.State.Paused {
		return nil
	}
	return RequestError("pause", handle.Pause(ctx, client.SchedulePauseOptions{Note: pauseNote}))
}
