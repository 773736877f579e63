package workflows

import (
	"time"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/jobs"
)

const (
	stepDelete   = "delete"
	stepUndelete = "bring back"
)

// DeletePoint deletes a recovery point at a person's request, even the last
// one. It can be undeleted during the vault's soft-delete term.
func DeletePoint(ctx workflow.Context, raw converter.RawValue) (jobs.PointResult, error) {
	ctx = withRole(ctx, jobs.RolePrune)
	j := newJob(ctx, jobs.TypeDeletePoint)
	result, err := deletePoint(ctx, j, raw)
	return result, j.finish(ctx, err)
}

func deletePoint(ctx workflow.Context, j *job, raw converter.RawValue) (jobs.PointResult, error) {
	input, err := decode[jobs.DeletePointInput](raw)
	if err != nil {
		return jobs.PointResult{}, err
	}
	var prune *activities.Prune
	return changePoint(ctx, j, pointChange{
		title: "Deletion of ", step: stepDelete, summary: "Delete ", activity: prune.DeletePoint,
		input: activities.PointChange{Instance: input.Instance, Point: input.Point, Reason: input.Reason, Job: j.ref},
		note: func(until time.Time) string {
			if until.IsZero() {
				return "gone for good"
			}
			return "can be brought back until " + until.Format(time.DateOnly)
		},
	})
}

// UndeletePoint undeletes a soft-deleted recovery point.
func UndeletePoint(ctx workflow.Context, raw converter.RawValue) (jobs.PointResult, error) {
	ctx = withRole(ctx, jobs.RolePrune)
	j := newJob(ctx, jobs.TypeUndeletePoint)
	result, err := undeletePoint(ctx, j, raw)
	return result, j.finish(ctx, err)
}

func undeletePoint(ctx workflow.Context, j *job, raw converter.RawValue) (jobs.PointResult, error) {
	input, err := decode[jobs.UndeletePointInput](raw)
	if err != nil {
		return jobs.PointResult{}, err
	}
	keep, err := input.KeepFor()
	if err != nil {
		return jobs.PointResult{}, err
	}
	var prune *activities.Prune
	return changePoint(ctx, j, pointChange{
		title: "Return of ", step: stepUndelete, summary: "Bring back ", activity: prune.UndeletePoint,
		input: activities.PointChange{Instance: input.Instance, Point: input.Point, Reason: input.Reason, Keep: keep, Job: j.ref},
		note: func(until time.Time) string {
			if until.IsZero() {
				return "kept without an end: its expiry cannot be read"
			}
			return "kept until " + until.Format(time.DateOnly)
		},
	})
}

// pointChange is what differs between deleting and undeleting a point.
type pointChange struct {
	title, step, summary string
	activity             any
	input                activities.PointChange
	note                 func(until time.Time) string
}

func changePoint(ctx workflow.Context, j *job, change pointChange) (jobs.PointResult, error) {
	in := change.input
	j.instance, j.point, j.reason = in.Instance, in.Point, in.Reason
	if err := j.describe(ctx); err != nil {
		return jobs.PointResult{}, err
	}
	c := newCard(ctx, change.title+in.Point+" of "+in.Instance, change.step)
	done, err := step(shortActivity(ctx, change.summary+in.Point), c, change.step, change.activity, in,
		func(p activities.PointChanged) string { return change.note(p.Until) })
	j.trigger.Identity = done.Identity
	return jobs.PointResult{Instance: in.Instance, Point: in.Point, Until: done.Until}, err
}
