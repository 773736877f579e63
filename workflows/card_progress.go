package workflows

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/jobs"
)

// reporting maps the activities that send their progress to their steps.
var reporting = map[string]string{
	jobs.StepPlan:            stepPlan,
	jobs.StepFetchSecret:     stepSecret,
	jobs.StepValidate:        stepValidate,
	jobs.StepDump:            stepDump,
	jobs.StepDumpRoles:       stepRoles,
	jobs.StepVerify:          stepVerify,
	jobs.StepCommit:          stepCommit,
	jobs.StepLockPoint:       stepLock,
	jobs.StepLockProof:       stepLock,
	jobs.StepFindPoint:       stepFind,
	jobs.StepHold:            stepHold,
	jobs.StepCheckTarget:     stepTarget,
	jobs.StepRestoreRoles:    stepRoles,
	jobs.StepRestoreDatabase: stepRestore,
	jobs.StepPublishDatabase: stepPublish,
	jobs.StepMoveTables:      stepMove,
	jobs.StepCheckKeys:       stepKeys,
	jobs.StepCopyFiles:       stepCopy,
	jobs.StepVerifyPoint:     stepRead,
	jobs.StepDeliver:         stepDeliver,
	jobs.StepInspect:         stepValidate,
	jobs.StepCheckContainer:  stepTarget,
	jobs.StepRehydrate:       stepRehydrate,
	jobs.StepPointsToRead:    stepPoints,
	jobs.StepPlanScrub:       stepPoints,
	jobs.StepSweepPages:      stepSweep,
	jobs.StepDeletePoint:     stepDelete,
	jobs.StepUndeletePoint:   stepUndelete,
	jobs.StepSetProtection:   stepState,
	jobs.StepSwitchSchedules: stepSchedules,
	jobs.StepDeleteData:      stepData,
	jobs.StepReapply:         stepReapply,
}

// follow shows the progress that steps send until the workflow ends. It
// schedules nothing, so that histories with and without signals replay alike.
// The SDK logs and drops a signal that cannot be decoded.
func (c *card) follow(ctx workflow.Context) {
	workflow.Go(ctx, func(ctx workflow.Context) {
		signals := workflow.GetSignalChannel(ctx, jobs.ProgressSignal)
		for {
			var p jobs.StepProgress
			signals.Receive(ctx, &p)
			c.moved(ctx, p)
		}
	})
}

// moved shows a step's progress, unless it is not from this run's current
// attempt: a reset repeats the signals of the run before, anybody may send a
// signal, and an attempt that was given up may still be running.
func (c *card) moved(ctx workflow.Context, p jobs.StepProgress) {
	if p.RunID != workflow.GetInfo(ctx).WorkflowExecution.RunID || p.Bytes < 0 || p.Total < 0 || p.Tables < 0 || p.TablesTotal < 0 {
		return
	}
	c.set(ctx, reporting[p.Step], func(s *cardStep) {
		if s.state != running || p.Attempt < s.attempt {
			return
		}
		s.note, s.told, s.attempt = s.noteOf(p), workflow.Now(ctx), p.Attempt
	})
}

// maxFailed is the length of the longest reason of a failed attempt, in bytes.
const maxFailed = 350

// noteOf returns a step's note on its progress. Its last attempt that has failed is
// shown until the step ends.
func (s *cardStep) noteOf(p jobs.StepProgress) string {
	switch {
	case p.Failed != "":
		s.failed = printable.Cut(p.Failed, maxFailed)
		if p.Waiting == "" {
			return s.failed
		}
		return attempted(p, p.Waiting)
	case s.failed != "" && p.Waiting == "":
		return progressNote(s.name, p) + "; " + s.failed
	}
	return progressNote(s.name, p)
}

// progressNote returns a step's progress in the words of heartbeat and progress
// bar: "1.2 GiB of 4.0 GiB, 12 of 40 tables".
func progressNote(step string, p jobs.StepProgress) string {
	if p.Waiting != "" && p.Bytes == 0 {
		return attempted(p, p.Waiting)
	}
	note := p.Text()
	if p.Phase != "" && !strings.EqualFold(p.Phase, step) {
		note = p.Phase + ", " + note
	}
	if p.Waiting != "" {
		note += "; " + p.Waiting
	}
	if p.Warning != "" {
		note += "; " + p.Warning
	}
	return attempted(p, note)
}

func attempted(p jobs.StepProgress, note string) string {
	if p.Attempt > 1 {
		return fmt.Sprintf("attempt %d: %s", p.Attempt, note)
	}
	return note
}
