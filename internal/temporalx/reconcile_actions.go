package temporalx

import (
	"context"
	"errors"
	"slices"
	"strings"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy/schedule"
)

// planner plans the changes of single schedules.
type planner struct {
	client client.Client
	owner  Owner
}

// acting returns an action that makes one change.
func acting(id string, kind ChangeKind, detail string, do func(context.Context) error) action {
	change := Change{Schedule: id, Kind: kind, Detail: detail}
	return action{Change: change, do: func(ctx context.Context) ([]Change, error) {
		if err := do(ctx); err != nil {
			return nil, err
		}
		return []Change{change}, nil
	}}
}

// want plans a desired schedule.
func (p planner) want(ctx context.Context, d schedule.Desired) (part, error) {
	found, err := scheduleHandle(ctx, p.client, d.ID).Describe(ctx)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return part{id: d.ID, actions: []action{p.creation(d)}}, nil
	}
	if err != nil {
		return part{id: d.ID}, RequestError("describe", err)
	}
	return p.existing(ctx, found, d)
}

// creation returns the action that creates a schedule. If another apply was
// faster, or the answer to this one's own request came too late, the action
// updates the schedule instead.
func (p planner) creation(d schedule.Desired) action {
	created := acting(d.ID, Created, "", func(ctx context.Context) error { return create(ctx, p.client, d, p.owner) })
	return action{Change: created.Change, do: func(ctx context.Context) ([]Change, error) {
		done, err := created.do(ctx)
		if !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
			return done, err
		}
		again, err := p.want(ctx, d)
		if err != nil {
			return nil, err
		}
		return doParts(ctx, []part{again})
	}}
}

// existing plans a desired schedule that exists.
func (p planner) existing(ctx context.Context, found *client.ScheduleDescription, d schedule.Desired) (part, error) {
	state := found.Schedule.State
	one := part{id: d.ID, running: !state.Paused}
	if owner := ownerOf(found.Memo); owner.ID != p.owner.ID {
		return one, failure.New(failure.InvalidConfiguration, "use a Temporal namespace of its own for each vault, or delete that schedule",
			"a schedule of this name exists already and belongs to %s", orNobody(owner))
	}
	handle := scheduleHandle(ctx, p.client, d.ID)
	act := func(kind ChangeKind, detail string, do func(context.Context) error) {
		one.actions = append(one.actions, acting(d.ID, kind, detail, do))
	}
	if differences := differ(&found.Schedule, d, p.owner); len(differences) > 0 {
		act(Updated, strings.Join(differences, ", "), func(ctx context.Context) error { return replace(ctx, handle, d, p.owner) })
	}
	switch {
	case d.Stopped && state.Paused && state.Note == stopNote:
	case d.Stopped && !state.Paused:
		act(Paused, "its instance's protection is stopped", func(ctx context.Context) error {
			return RequestError("pause", handle.Pause(ctx, client.SchedulePauseOptions{Note: stopNote}))
		})
	case !state.Paused:
	case state.Note == stopNote:
		// The job that resumed the protection did not reach this schedule.
		act(Resumed, "", func(ctx context.Context) error {
			return RequestError("resume", handle.Unpause(ctx, client.ScheduleUnpauseOptions{Note: "pgvault: protection goes on"}))
		})
	case state.Note == pauseNote && !d.Stopped:
		act(Resumed, "", func(ctx context.Context) error { return putBack(ctx, handle, d, p.owner) })
	default:
		one.stillPaused = &state.Note
	}
	return one, nil
}

// drop plans a schedule that is not wanted. It looks at the schedule itself, since
// a listing may be outdated.
func (p planner) drop(ctx context.Context, id string, wanted []string, ours func(context.Context, string) (bool, error)) (part, error) {
	one := part{id: id}
	instance, ofInstance := jobs.InstanceOfSchedule(id)
	drill := jobs.IsDrillSchedule(id)
	if drill {
		instance, ofInstance = strings.TrimPrefix(id, jobs.DrillSchedule("")), true
	}
	defined := ofInstance && slices.Contains(wanted, jobs.BackupSchedule(instance))
	surplus := id == jobs.ScrubSchedule || drill || defined
	if ofInstance && !defined {
		if own, err := ours(ctx, instance); err != nil || !own {
			return one, err
		}
	}
	handle := scheduleHandle(ctx, p.client, id)
	found, err := handle.Describe(ctx)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return one, nil
	}
	if err != nil {
		return one, RequestError("describe", err)
	}
	one.running = !found.Schedule.State.Paused
	switch {
	case surplus:
		one.actions = []action{acting(id, Removed, "", func(ctx context.Context) error { return remove(ctx, handle) })}
	case one.running:
		one.actions = []action{acting(id, Paused, "", func(ctx context.Context) error { return pause(ctx, handle) })}
	}
	return one, nil
}
