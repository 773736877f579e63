package workflows

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
)

// reporting maps the activities that send their progress to their steps.
var reporting = map[string]string{
	"Plan":            stepPlan,
	"FetchSecret":     stepSecret,
	"Validate":        stepValidate,
	"Dump":            stepDump,
	"DumpRoles":       stepRoles,
	"Verify":          stepVerify,
	"Commit":          stepCommit,
	"LockPoint":       stepLock,
	"FindPoint":       stepFind,
	"Hold":            stepHold,
	"CheckTarget":     stepTarget,
	"RestoreRoles":    stepRoles,
	"RestoreDatabase": stepRestore,
	"PublishDatabase": stepPublish,
	"CopyFiles":       stepCopy,
	"VerifyPoint":     stepRead,
}

// follow has the card show the progress that its steps send, until the workflow
// ends. It schedules nothing, so that histories with and without signals replay
// alike. The SDK logs and drops a signal that cannot be decoded.
func (c *card) follow(ctx workflow.Context) {
	workflow.Go(ctx, func(ctx workflow.Context) {
		signals := workflow.GetSignalChannel(ctx, activities.ProgressSignal)
		for {
			var p activities.StepProgress
			signals.Receive(ctx, &p)
			c.moved(ctx, p)
		}
	})
}

// moved shows a step's progress, unless it is not this run's to show: a reset
// brings the signals of the run before, anybody may send one, and an attempt
// that was given up may still run beside the one after it.
func (c *card) moved(ctx workflow.Context, p activities.StepProgress) {
	if p.RunID != workflow.GetInfo(ctx).WorkflowExecution.RunID || p.Bytes < 0 || p.Total < 0 || p.Tables < 0 || p.TablesTotal < 0 {
		return
	}
	c.set(ctx, reporting[p.Step], func(s *cardStep) {
		if s.state != running || p.Attempt < s.attempt {
			return
		}
		s.note, s.told, s.attempt = progressNote(s.name, p), workflow.Now(ctx), p.Attempt
	})
}

// progressNote says how far a step has come, in the words of heartbeat and
// progress bar: "1.2 GiB of 4.0 GiB, 12 of 40 tables".
func progressNote(step string, p activities.StepProgress) string {
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

func attempted(p activities.StepProgress, note string) string {
	if p.Attempt > 1 {
		return fmt.Sprintf("attempt %d: %s", p.Attempt, note)
	}
	return note
}
