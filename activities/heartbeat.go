package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/outage"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// heartbeatEvery is well under the heartbeat timeout; the SDK thins it out further.
const heartbeatEvery = 2 * time.Second

// beat heartbeats details until the activity ends or the worker stops. It runs
// beside the work and only reads counters: a heartbeat is a call that may
// block, and must not hold a stream back.
//
// The context it gives ends when the worker stops, with
// [failure.WorkerStopping] as its cause. stop ends the beat, waits for it, and
// must be called.
func beat(ctx context.Context, details func() any) (working context.Context, stop func()) {
	working, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	activity.RecordHeartbeat(ctx, details())
	go func() {
		defer close(done)
		ticker := time.NewTicker(heartbeatEvery)
		defer ticker.Stop()
		for {
			select {
			case <-working.Done():
				return
			case <-activity.GetWorkerStopChannel(ctx):
				activity.RecordHeartbeat(ctx, details())
				cancel(failure.New(failure.WorkerStopping, "", "the worker is stopping; another one takes over"))
				return
			case <-ticker.C:
				activity.RecordHeartbeat(ctx, details())
			}
		}
	}()
	return working, func() {
		cancel(context.Canceled)
		<-done
	}
}

// beatMeter is beat with a meter's reading as details.
func beatMeter(ctx context.Context, m *progress.Meter) (context.Context, func()) {
	return beatWith(ctx, m, func() any { return m.Snapshot() })
}

// beatWith is beat of a step with a meter and details of its own. The meter is
// told of outages, and the boundary of bytes that have moved.
func beatWith(ctx context.Context, m *progress.Meter, details func() any) (context.Context, func()) {
	moved := m.Bytes()
	return beat(outage.WithObserver(ctx, m), func() any {
		if now := m.Bytes(); now != moved {
			moved = now
			temporalx.Moved(ctx)
		}
		return details()
	})
}

// beatPhase is beat for a step with nothing to count.
func beatPhase(ctx context.Context, phase string) (context.Context, func()) {
	return beat(ctx, func() any { return phase })
}

// because gives the reason a context ended for an error that only says that it
// did. Storage, network and child processes all report a cancellation in words
// of their own.
func because(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	return context.Cause(ctx)
}
