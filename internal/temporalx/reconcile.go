package temporalx

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy/schedule"
	"github.com/pgvault/pgvault/internal/temporalx/parallel"
)

// pauseNote is the note of pauses that apply may end. A pause with another note
// is a person's, or the server's after a failure, and stays.
const pauseNote = "pgvault: taken out of pgvault.yaml"

// ChangeKind is a kind of change of a schedule.
type ChangeKind string

// The kinds of change.
const (
	Created ChangeKind = "created"
	Updated ChangeKind = "updated"
	Paused  ChangeKind = "paused"
	Resumed ChangeKind = "resumed"
	Removed ChangeKind = "removed"
)

// Change is a change that Reconcile made.
type Change struct {
	Schedule string     `json:"schedule"`
	Kind     ChangeKind `json:"change"`
	// Detail names the differences, for an update.
	Detail string `json:"detail,omitempty"`
}

// Reconciled is the result of Reconcile.
type Reconciled struct {
	Changes []Change
	// StillPaused maps desired schedules that are paused by somebody else to
	// the pause's note.
	StillPaused map[string]string
}

// Reconcile makes the schedules of a vault equal to the desired ones. It creates
// and updates desired schedules, deletes surplus ones of an instance that has
// others, those of drills and the scrub's if the vault has none, and pauses those of instances that are no longer desired. A schedule
// belongs to the vault if its memo says so. Reconcile is idempotent.
//
// It works on several schedules concurrently. The changes are in the order of
// desired, then the dropped schedules by ID. They are returned with an error too,
// which names each schedule that failed; nothing is dropped then.
func Reconcile(ctx context.Context, c client.Client, owner Owner, desired []schedule.Desired) (Reconciled, error) {
	result := Reconciled{StillPaused: map[string]string{}}
	// The first, which every vault has, shows before any change whether the
	// namespace belongs to another vault.
	first := min(1, len(desired))
	for _, part := range [][]schedule.Desired{desired[:first], desired[first:]} {
		err := reconcileEach(ctx, c, owner, idsOf(part), &result, func(ctx context.Context, r *reconciler, i int) error {
			return r.ensure(ctx, part[i])
		})
		if err != nil {
			return result, err
		}
	}
	wanted := idsOf(desired)
	others, err := unwanted(ctx, c, owner, wanted)
	if err != nil {
		return result, err
	}
	return result, reconcileEach(ctx, c, owner, others, &result, func(ctx context.Context, r *reconciler, i int) error {
		if others[i] == jobs.ScrubSchedule || jobs.IsDrillSchedule(others[i]) || slices.Contains(wanted, jobs.FirstSchedule(others[i])) {
			return r.remove(ctx, others[i])
		}
		return r.pause(ctx, others[i])
	})
}

func idsOf(desired []schedule.Desired) []string {
	ids := make([]string, len(desired))
	for i, d := range desired {
		ids[i] = d.ID
	}
	return ids
}

// reconcileEach runs a reconciler for each of several schedules concurrently
// and joins their results in the schedules' order.
func reconcileEach(
	ctx context.Context, c client.Client, owner Owner, ids []string, result *Reconciled,
	do func(context.Context, *reconciler, int) error,
) error {
	each := make([]reconciler, len(ids))
	names := make([]string, len(ids))
	for i, id := range ids {
		each[i] = reconciler{client: c, owner: owner, result: Reconciled{StillPaused: map[string]string{}}}
		names[i] = "schedule " + id
	}
	err := parallel.Each(ctx, names, func(ctx context.Context, i int) error { return do(ctx, &each[i], i) })
	for _, r := range each {
		result.Changes = append(result.Changes, r.result.Changes...)
		maps.Copy(result.StillPaused, r.result.StillPaused)
	}
	return err
}

// reconciler makes the changes of one schedule.
type reconciler struct {
	client client.Client
	owner  Owner
	result Reconciled
}

func (r *reconciler) changed(id string, kind ChangeKind, detail string) {
	r.result.Changes = append(r.result.Changes, Change{Schedule: id, Kind: kind, Detail: detail})
}

func (r *reconciler) ensure(ctx context.Context, d schedule.Desired) error {
	handle := scheduleHandle(ctx, r.client, d.ID)
	found, err := handle.Describe(ctx)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		if err = r.create(ctx, d); !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
			return err
		}
		// Another apply was faster, or the answer to this one's own request
		// came too late.
		found, err = handle.Describe(ctx)
	}
	if err != nil {
		return RequestError("describe", err)
	}
	if owner := ownerOf(found.Memo); owner.ID != r.owner.ID {
		return failure.New(failure.InvalidConfiguration, "use a Temporal namespace of its own for each vault, or delete that schedule",
			"a schedule of this name exists already and belongs to %s", orNobody(owner))
	}
	return r.update(ctx, handle, found, d)
}

func (r *reconciler) create(ctx context.Context, d schedule.Desired) error {
	spec := specOf(d)
	note := ""
	if d.Stopped {
		note = stopNote
	}
	err := patiently(ctx, func() error {
		_, err := r.client.ScheduleClient().Create(ctx, client.ScheduleOptions{
			Paused:         d.Stopped,
			Note:           note,
			ID:             d.ID,
			Spec:           *spec,
			Action:         actionOf(d, r.owner),
			Overlap:        overlap,
			CatchupWindow:  d.CatchUp,
			PauseOnFailure: d.PauseOnFailure,
			Memo:           r.owner.Memo(),
		})
		return err
	})
	if errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return err
	}
	if err != nil {
		return RequestError("create", err)
	}
	r.changed(d.ID, Created, "")
	return nil
}

func (r *reconciler) update(ctx context.Context, handle client.ScheduleHandle, found *client.ScheduleDescription, d schedule.Desired) error {
	differences := differ(&found.Schedule, d, r.owner)
	if len(differences) > 0 {
		if err := replace(ctx, handle, d, r.owner); err != nil {
			return err
		}
		r.changed(d.ID, Updated, strings.Join(differences, ", "))
	}
	state := found.Schedule.State
	switch {
	case d.Stopped && state.Paused && state.Note == stopNote:
	case d.Stopped && !state.Paused:
		if err := handle.Pause(ctx, client.SchedulePauseOptions{Note: stopNote}); err != nil {
			return RequestError("pause", err)
		}
		r.changed(d.ID, Paused, "its instance's protection is stopped")
	case !state.Paused:
	case state.Note == stopNote:
		// The job that resumed the protection did not reach this schedule.
		if err := handle.Unpause(ctx, client.ScheduleUnpauseOptions{Note: "pgvault: protection goes on"}); err != nil {
			return RequestError("resume", err)
		}
		r.changed(d.ID, Resumed, "")
	case state.Note == pauseNote && !d.Stopped:
		if err := putBack(ctx, handle, d, r.owner); err != nil {
			return err
		}
		r.changed(d.ID, Resumed, "")
	default:
		r.result.StillPaused[d.ID] = state.Note
	}
	return nil
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

// unwanted returns the vault's own schedules that are not wanted, sorted.
func unwanted(ctx context.Context, c client.Client, owner Owner, wanted []string) ([]string, error) {
	keep := make(map[string]bool, len(wanted))
	for _, id := range wanted {
		keep[id] = true
	}
	var others []string
	err := eachListed(ctx, c, func(entry *client.ScheduleListEntry) {
		if !keep[entry.ID] && ownerOf(entry.Memo).ID == owner.ID {
			others = append(others, entry.ID)
		}
	})
	slices.Sort(others)
	return slices.Compact(others), err
}

// remove deletes one of several schedules of an instance, or that of its drills or
// of scrubs.
func (r *reconciler) remove(ctx context.Context, id string) error {
	err := scheduleHandle(ctx, r.client, id).Delete(ctx)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return nil
	}
	if err != nil {
		return RequestError("delete", err)
	}
	r.changed(id, Removed, "")
	return nil
}

// pause checks again whether the schedule is paused, since a listing may be
// outdated.
func (r *reconciler) pause(ctx context.Context, id string) error {
	handle := scheduleHandle(ctx, r.client, id)
	found, err := handle.Describe(ctx)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return nil
	}
	if err != nil {
		return RequestError("describe", err)
	}
	if found.Schedule.State.Paused {
		return nil
	}
	if err := handle.Pause(ctx, client.SchedulePauseOptions{Note: pauseNote}); err != nil {
		return RequestError("pause", err)
	}
	r.changed(id, Paused, "")
	return nil
}
