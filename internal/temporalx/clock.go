package temporalx

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/clock"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/outage"
)

const (
	// skewDelay is the delay after which another worker may take an attempt
	// refused by a worker with a wrong clock. skewLimit is how long a short
	// step is offered in this way.
	skewDelay = 3 * time.Second
	skewLimit = 2 * time.Minute
	// storageWait bounds the request for the storage's time, and refuseWithin
	// the whole of a refused attempt. Both are shorter than the heartbeat
	// timeout.
	storageWait  = 5 * time.Second
	refuseWithin = 20 * time.Second
)

// compareClocks returns the reason why the worker must not take the attempt, or
// nil: its clock and Temporal's disagree. The attempt's start is a time of
// Temporal's clock.
func (p Patience) compareClocks(ctx context.Context) *failure.Error {
	r := clock.Readings{Worker: workerName, Local: time.Now(), Temporal: activity.GetInfo(ctx).StartedTime}
	if r.Temporal.Unix() == 0 || clock.Agree(r.Local, r.Temporal) {
		return nil // the SDK's test environment sets no start time
	}
	if p.StorageTime != nil {
		// By a wrong clock, the attempt's own deadline may be over already.
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), storageWait)
		defer cancel()
		if at, err := p.StorageTime(own); err == nil {
			r.Storage = at
		}
	}
	return r.Skew()
}

// refuse ends an attempt because the worker's clock is wrong. The step is
// retried for a while, since another worker may take it.
func refuse(ctx context.Context, off *failure.Error, p Patience) error {
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), refuseWithin)
	defer cancel()
	info := activity.GetInfo(ctx)
	before, details := earlierAttempts(ctx)
	record := before.Skewed(info.Attempt, workerName, info.StartedTime)
	activity.RecordHeartbeat(own, withRecord(details, record)...)
	lasts := info.StartedTime.Sub(record.Off)
	err := notRetryable(off, fmt.Sprintf("no worker whose clock is right has taken the step for %s: ", lasts.Round(time.Second)))
	if lasts < p.skewLimit(own) {
		err = offerAgain(off, lasts)
		if lasts == 0 || shouldReport(info.Attempt) {
			wait := outage.Wait{For: "have the step done by a worker whose clock is right", Since: record.Off, Attempt: int(info.Attempt), Err: off}
			p.Tell(own, Report{Waiting: wait.Text()})
		}
	}
	err = FromActivity(ctx, err)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		// The SDK does not report an attempt whose deadline is over by this
		// worker's clock, so it is reported here. If this fails, the heartbeat
		// timeout ends the attempt.
		_ = activity.GetClient(ctx).CompleteActivity(own, info.TaskToken, nil, err)
	}
	return err
}

// skewLimit returns how long a step is offered to other workers. A step that
// waits for a free slot is offered for as long as the others may be busy.
func (p Patience) skewLimit(ctx context.Context) time.Duration {
	if limit := p.Limit(ctx); limit < skewLimit || activity.GetInfo(ctx).StartToCloseTimeout > longStep {
		return limit
	}
	return skewLimit
}

// offerAgain returns the error of a refused attempt. It is retried soon at first,
// and then by its retry policy.
func offerAgain(off *failure.Error, lasts time.Duration) error {
	delay := skewDelay
	if lasts >= skewLimit {
		delay = 0
	}
	d := Details{Message: printable.Cut(off.Summary(), maxMessage), Action: printable.Cut(off.Action, maxMessage)}
	return temporal.NewApplicationErrorWithOptions(d.text(), string(off.Code), temporal.ApplicationErrorOptions{
		NextRetryDelay: delay, Details: []any{d},
	})
}
