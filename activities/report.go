package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/progress"
)

// ProgressSignal is the name of the signal by which a long step tells its own

const (
	// reportLook is how often a meter is looked at for something to report.
	reportLook = time.Second
	// signalTimeout bounds one signal, so that a server that hangs makes the
	// next report a late one and not a wrong one.
	signalTimeout = 10 * time.Second
)

// report signals the meter's readings to the workflow, as sparsely as
// [progress.Pace] says, since each stays in the history. It runs beside the work
// and beside the heartbeat, and holds neither back. stop ends it, waits for it,
// and must be called.
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

// TellWaiting reports to a step's workflow that the step waits for a service that is away, and
// will be tried again.
func TellWaiting(ctx context.Context, text string) {
	signalProgress(ctx, progress.Snapshot{Waiting: text})
}

func signalProgress(ctx context.Context, reading progress.Snapshot) {
	ctx, cancel := context.WithTimeout(ctx, signalTimeout)
	defer cancel()
	info := activity.GetInfo(ctx)
	run := info.WorkflowExecution
	// A card that is behind fails no work: the next report mends it, and the
	// heartbeat says by itself whether the server and the job are still there.
	_ = activity.GetClient(ctx).SignalWorkflow(ctx, run.ID, run.RunID, jobs.ProgressSignal,
		jobs.StepProgress{Snapshot: reading, Step: info.ActivityType.Name, RunID: run.RunID, Attempt: info.Attempt})
}
