package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/outage"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// heartbeatEvery is well below the heartbeat timeout; the SDK throttles it
// further.
const heartbeatEvery = 2 * time.Second

// beat heartbeats details until the activity ends or the worker stops. It runs
// concurrently with the work and only reads counters, since a heartbeat may
// block and must not delay a stream.
//
// The returned context ends with cause [failure.WorkerStopping] when the worker
// stops, and when the job or the server ends the attempt. It does not end if
// the server does not answer, for which the SDK ends the activity's context
// within seconds. stop ends the heartbeats and waits for them; it must be
// called.
func beat(ctx context.Context, details func() any) (working context.Context, stop func()) {
	working, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	done := make(chan struct{})
	activity.RecordHeartbeat(ctx, details())
	record := func() { activity.RecordHeartbeat(ctx, details()) }
	ended := ctx.Done()
	go func() {
		defer close(done)
		ticker := time.NewTicker(heartbeatEvery)
		defer ticker.Stop()
		for {
			select {
			case <-working.Done():
				return
			case <-activity.GetWorkerStopChannel(ctx):
				record()
				cancel(failure.New(failure.WorkerStopping, "", "the worker is stopping; another one takes over"))
				return
			case <-ended:
				if cause := context.Cause(ctx); !unanswered(cause) {
					cancel(cause)
					return
				}
				ended = nil
				record = func() { heartbeatDirectly(working, cancel, details()) }
			case <-ticker.C:
				record()
			}
		}
	}()
	return working, func() {
		cancel(context.Canceled)
		<-done
	}
}

// unanswered reports whether the SDK has ended a context only because the
// server did not answer.
func unanswered(cause error) bool {
	var away *serviceerror.Unavailable
	var late *serviceerror.DeadlineExceeded
	return errors.As(cause, &away) || errors.As(cause, &late)
}

// heartbeatDirectly heartbeats without the SDK, which has stopped heartbeating,
// and ends the work if the server says so.
func heartbeatDirectly(working context.Context, end context.CancelCauseFunc, details any) {
	ctx, cancel := context.WithTimeout(working, announceTry)
	defer cancel()
	err := activity.GetClient(ctx).RecordActivityHeartbeat(ctx, activity.GetInfo(ctx).TaskToken, temporalx.Beat(ctx, details)...)
	var gone *serviceerror.NotFound
	var cancelled *temporal.CanceledError
	if errors.As(err, &gone) || errors.As(err, &cancelled) || errors.Is(err, activity.ErrActivityPaused) || errors.Is(err, activity.ErrActivityReset) {
		end(err)
	}
}

// beatWith is beat for a step with a meter and its own details. It reports
// outages to the meter and moved bytes to the boundary.
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

// beatPhase is beat for a step without counters.
func beatPhase(ctx context.Context, phase string) (context.Context, func()) {
	return beat(ctx, func() any { return phase })
}

// endCause adds the cause of a context's end to an error that only says that
// the context ended. Storage, network and child processes report a cancellation
// in their own words.
func endCause(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	return context.Cause(ctx)
}
