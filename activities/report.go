package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/temporalx"
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

// TellRetry reports to a step's workflow why the step is tried again.
func TellRetry(ctx context.Context, r temporalx.Report) {
	signal(ctx, jobs.StepProgress{Snapshot: progress.Snapshot{Waiting: r.Waiting}, Failed: r.Failed})
}

func signalProgress(ctx context.Context, reading progress.Snapshot) {
	signal(ctx, jobs.StepProgress{Snapshot: reading})
}

// signal signals to the step's workflow. Only its reading has to be set.
func signal(ctx context.Context, p jobs.StepProgress) {
	ctx, cancel := context.WithTimeout(ctx, signalTimeout)
	defer cancel()
	info := activity.GetInfo(ctx)
	run := info.WorkflowExecution
	p.Step, p.RunID, p.Attempt = info.ActivityType.Name, run.RunID, info.Attempt
	// An outdated card fails no work: the next report updates it, and the
	// heartbeat detects a lost server or job.
	_ = activity.GetClient(ctx).SignalWorkflow(ctx, run.ID, run.RunID, jobs.ProgressSignal, p)
}
