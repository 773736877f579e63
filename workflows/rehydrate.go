package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/temporalx/events"
)

// archived restores a point whose dump may be in the archive tier.
type archived struct {
	job   *job
	card  *card
	input jobs.RestoreInput
	// until is the time until which the copy that the restore has read is kept.
	until time.Time
}

// moves bounds how often a dump may move to the archive tier, or its copy be
// deleted, while a restore is about to read it.
const moves = 3

// restoreHeld restores a point that the job holds. It first rehydrates a dump
// in the archive tier, including one that a sweep has moved there just before
// it saw the hold.
func (a *archived) restoreHeld(ctx workflow.Context, point activities.PointRef, isArchived bool) (jobs.RestoreResult, error) {
	if isArchived {
		if err := a.checkBefore(ctx, point); err != nil {
			return jobs.RestoreResult{}, err
		}
	}
	for n := 0; ; n++ {
		if isArchived {
			var err error
			if point, err = a.rehydrate(ctx, point); err != nil {
				return jobs.RestoreResult{}, err
			}
		}
		result, err := bringBack(ctx, a.job, a.card, point, a.input.Target)
		result.CopyUntil = a.until
		if err == nil || n == moves || temporalx.Failure(err).Code != failure.RecoveryPointArchived {
			return result, err
		}
		isArchived = true
	}
}

// checkBefore returns the reason why the restore would fail, as far as it can
// be found without the dump. Otherwise it would be known only after fifteen
// hours.
func (a *archived) checkBefore(ctx workflow.Context, point activities.PointRef) error {
	target := a.input.Target
	if target.Server == nil || target.RowsOnly() {
		return nil
	}
	var activity *activities.Restore
	work := activities.RestoreWork{Point: point, Target: target, WithoutDump: true}
	checked, err := step(shortActivity(ctx, "Check "+where(target)+" before anything else"), a.card, stepTarget, activity.CheckTarget, work, noNote[activities.SignedIn])
	a.job.work.Worker, a.job.work.SignIn = checked.By, checked.SignIn
	return err
}

// rehydrate waits for a readable copy, however long that takes, and returns the
// point with it. Between two checks there is only a timer, which survives a
// restart of everything.
func (a *archived) rehydrate(ctx workflow.Context, point activities.PointRef) (activities.PointRef, error) {
	a.card.insert(ctx, stepRehydrate, stepHold)
	a.card.begin(ctx, stepRehydrate)
	state, err := a.wait(ctx, point)
	if describeErr := a.job.describe(ctx, temporalx.KeyPhase.ValueUnset()); err == nil {
		err = describeErr
	}
	if err != nil {
		a.card.failed(ctx, stepRehydrate, temporalx.Failure(err).Error())
		a.cancel(ctx, point)
		return point, err
	}
	a.until = state.Until
	note := "a copy is there"
	if !state.Until.IsZero() {
		note += ", and is kept until " + minute(state.Until)
	}
	a.card.done(ctx, stepRehydrate, note)
	point.From = state.From
	return point, nil
}

func (a *archived) wait(ctx workflow.Context, point activities.PointRef) (activities.RehydrationState, error) {
	var activity *activities.Restore
	in := activities.RehydrateInput{Point: point, Job: a.job.ref, How: a.input.HowToRehydrate()}
	shown := ""
	for n := 0; ; n++ {
		var state activities.RehydrationState
		err := workflow.ExecuteActivity(pollActivity(ctx, "Look for a copy of "+point.Point), activity.Rehydrate, in).Get(ctx, &state)
		if err != nil || state.Ready() {
			return state, err
		}
		late := workflow.Now(ctx).After(state.Expected)
		a.card.waits(ctx, stepRehydrate, cardNote(point, state, late))
		if phase := phaseOf(state); phase != shown {
			shown = phase
			if err := a.job.describe(ctx, temporalx.KeyPhase.ValueSet(phase)); err != nil {
				return state, err
			}
		}
		timer := workflow.NewTimerWithOptions(ctx, pause(n, state.Priority, late), workflow.TimerOptions{Summary: phaseOf(state)})
		if err := timer.Get(ctx, nil); err != nil {
			return state, err
		}
	}
}

// pause returns the time until the next check: longer each time, up to half an
// hour, and up to five minutes for a copy that should be done within an hour.
func pause(n int, priority string, late bool) time.Duration {
	longest := 30 * time.Minute
	if priority == jobs.PriorityHigh && !late {
		longest = 5 * time.Minute
	}
	return min(time.Minute<<min(n, 10), longest)
}

// phaseOf returns the phase shown in lists of jobs.
func phaseOf(s activities.RehydrationState) string {
	return fmt.Sprintf("rehydrating since %s, expected by %s", minute(s.Since), minute(s.Expected))
}

func cardNote(point activities.PointRef, s activities.RehydrationState, late bool) string {
	note := fmt.Sprintf("The dump (%s) is in the archive tier. The storage makes a copy of it at %s priority, since %s; "+
		"the restore goes on when it is there, expected by %s. The copy is kept until about %s.",
		progress.Size(point.DumpSize), s.Priority, minute(s.Since), minute(s.Expected), s.Until.UTC().Format(time.DateOnly))
	if late {
		note += " It takes longer than Azure documents, and is still waited for."
	}
	return note
}

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// cancel aborts the copy, unless it is ready or another job waits for it. A
// copy that stays is deleted by the sweep.
func (a *archived) cancel(ctx workflow.Context, point activities.PointRef) {
	var prune *activities.Prune
	ctx = cleanupActivity(withRole(ctx, jobs.RolePrune), "End the copy of "+point.Point)
	held := activities.HoldInput{Point: point, Job: a.job.ref}
	if err := workflow.ExecuteActivity(ctx, prune.CancelRehydration, held).Get(ctx, nil); err != nil {
		tell(ctx, events.CopyLeft, err, "point", point.Point)
	}
}
