package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/progress"
)

const (
	// reportLook is the interval at which the meter is checked for a report.
	reportLook = time.Second
	// signalTimeout bounds one signal, so that a server that hangs delays the
	// next report only.
	signalTimeout = 10 * time.Second
)

// report signals the meter's readings to the workflow, at the pace of
// [progress.Pace], since each signal is stored in the history. It runs
// concurrently with the work and the heartbeat and delays neither. stop ends it
// and waits for it; it must be called.
func report(ctx context.Context, m *progress.Meter) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	pace := progress.NewPace(time.Now())
	go func() {
		defer close(done)
		ticker := time.NewTicker(reportLook)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case now := <-ticker.C:
				if reading := m.Snapshot(); pace.Due(now, reading) {
					signalProgress(ctx, reading)
				}
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// TellWaiting reports to a step's workflow that the step waits for a service
// that is unavailable and will be retried.
func TellWaiting(ctx context.Context, text string) {
	signalProgress(ctx, progress.Snapshot{Waiting: text})
}

func signalProgress(ctx context.Context, reading progress.Snapshot) {
	ctx, cancel := context.WithTimeout(ctx, signalTimeout)
	defer cancel()
	info := activity.GetInfo(ctx)
	run := info.WorkflowExecution
	// An outdated card fails no work: the next report updates it, and the
	// heartbeat detects a lost server or job.
	_ = activity.GetClient(ctx).SignalWorkflow(ctx, run.ID, run.RunID, jobs.ProgressSignal,
		jobs.StepProgress{Snapshot: reading, Step: info.ActivityType.Name, RunID: run.RunID, Attempt: info.Attempt})
}
