package temporalx

import (
	"context"
	"maps"
	"slices"

	"go.temporal.io/sdk/client"

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

// Change is a change of a schedule.
type Change struct {
	Schedule string     `json:"schedule"`
	Kind     ChangeKind `json:"change"`
	// Detail names the differences, for an update.
	Detail string `json:"detail,omitempty"`
}

// Plan holds the changes that make the schedules of a vault equal to the desired
// ones.
type Plan struct {
	// Changes are in the order of the desired schedules, then the dropped ones by
	// ID.
	Changes []Change
	// StillPaused maps desired schedules that are paused by somebody else to
	// the pause's note.
	StillPaused map[string]string
	// Running are the schedules of backups that are not paused now, and Dropped
	// those of them that the plan pauses or removes.
	Running, Dropped []string

	wanted, unwanted []part
	// problems names each schedule that cannot be made equal.
	problems error
}

// part is the part of a plan that concerns one schedule.
type part struct {
	id      string
	actions []action
	// running reports whether the schedule exists and is not paused.
	running bool
	// stillPaused is the note of somebody else's pause, which stays.
	stillPaused *string
}

// action is one change and how it is made. do returns the changes that it made.
type action struct {
	Change
	do func(context.Context) ([]Change, error)
}

// NewPlan compares the schedules of a vault with the desired ones and changes
// nothing. The plan creates and updates desired schedules, deletes surplus ones of
// an instance that has others, those of drills and the scrub's if the vault has
// none, and pauses those of instances that are no longer desired and that ours, which is called
// concurrently, accepts. A schedule belongs to the vault if its memo says so.
//
// A schedule that cannot be planned does not prevent the plan for the others;
// [Plan.Do] names it. The exception is the first, which every vault has: it shows
// whether the namespace belongs to another vault.
func NewPlan(
	ctx context.Context, c client.Client, owner Owner, desired []schedule.Desired, ours func(ctx context.Context, instance string) (bool, error),
) (*Plan, error) {
	p := planner{client: c, owner: owner}
	plan := &Plan{StillPaused: map[string]string{}}
	wanted := idsOf(desired)
	want := func(ctx context.Context, i int) (part, error) { return p.want(ctx, desired[i]) }
	first, err := eachPart(ctx, wanted[:min(1, len(wanted))], want)
	if err != nil {
		return nil, err
	}
	rest, problems := eachPart(ctx, wanted[len(first):], func(ctx context.Context, i int) (part, error) { return want(ctx, i+len(first)) })
	plan.wanted, plan.problems = slices.Concat(first, rest), problems
	others, err := unwanted(ctx, c, owner, wanted)
	if err != nil {
		return nil, err
	}
	if plan.unwanted, err = eachPart(ctx, others, func(ctx context.Context, i int) (part, error) {
		return p.drop(ctx, others[i], wanted, ours)
	}); err != nil {
		return nil, err
	}
	plan.sum()
	return plan, nil
}

// sum fills in the exported fields.
func (p *Plan) sum() {
	for _, one := range slices.Concat(p.wanted, p.unwanted) {
		for _, a := range one.actions {
			p.Changes = append(p.Changes, a.Change)
		}
		if one.stillPaused != nil {
			p.StillPaused[one.id] = *one.stillPaused
		}
		if _, backup := jobs.InstanceOfSchedule(one.id); backup && one.running {
			p.Running = append(p.Running, one.id)
		}
	}
	for _, one := range p.unwanted {
		if len(one.actions) > 0 && slices.Contains(p.Running, one.id) {
			p.Dropped = append(p.Dropped, one.id)
		}
	}
}

// Do makes the changes and returns the changes that were made, in the order of the
// plan. It returns them with an error too, which names each schedule that failed;
// nothing is dropped then.
func (p *Plan) Do(ctx context.Context) (done []Change, err error) {
	first := p.wanted[:min(1, len(p.wanted))]
	for _, parts := range [][]part{first, p.wanted[len(first):]} {
		made, err := doParts(ctx, parts)
		done = append(done, made...)
		if err != nil {
			return done, err
		}
	}
	if p.problems != nil {
		return done, p.problems
	}
	made, err := doParts(ctx, p.unwanted)
	return append(done, made...), err
}

// Problems returns an error that names each schedule that [Plan.Do] would leave as
// it is, since it could not be planned.
func (p *Plan) Problems() error { return p.problems }

// eachPart plans several schedules concurrently. It returns the parts in the order of
// ids. A schedule that cannot be planned has none.
func eachPart(ctx context.Context, ids []string, plan func(context.Context, int) (part, error)) ([]part, error) {
	parts := make([]part, len(ids))
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = "schedule " + id
	}
	err := parallel.Each(ctx, names, func(ctx context.Context, i int) (err error) {
		parts[i], err = plan(ctx, i)
		return err
	})
	return parts, err
}

// doParts makes the changes of several schedules concurrently.
func doParts(ctx context.Context, parts []part) (done []Change, err error) {
	parts = slices.DeleteFunc(slices.Clone(parts), func(p part) bool { return len(p.actions) == 0 })
	each := make([][]Change, len(parts))
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = "schedule " + p.id
	}
	err = parallel.Each(ctx, names, func(ctx context.Context, i int) error {
		for _, a := range parts[i].actions {
			made, err := a.do(ctx)
			each[i] = append(each[i], made...)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return slices.Concat(each...), err
}

func idsOf(desired []schedule.Desired) []string {
	ids := make([]string, len(desired))
	for i, d := range desired {
		ids[i] = d.ID
	}
	return ids
}

// unwanted returns the vault's own schedules that are not wanted, sorted.
func unwanted(ctx context.Context, c client.Client, owner Owner, wanted []string) ([]string, error) {
	keep := make(map[string]bool, len(wanted))
	for _, id := range wanted {
		keep[id] = true
	}
	others := map[string]bool{}
	err := eachListed(ctx, c, func(entry *client.ScheduleListEntry) {
		if !keep[entry.ID] && ownerOf(entry.Memo).ID == owner.ID {
			others[entry.ID] = true
		}
	})
	return slices.Sorted(maps.Keys(others)), err
}
