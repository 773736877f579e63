package temporalx

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/pgvault/pgvault/internal/clock"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/outage"
)

const (
	// skewDelay is how soon another worker may take what one with a wrong clock
	// gives back, and skewLimit how long a step of minutes is offered like that.
	skewDelay = 3 * time.Second
	skewLimit = 2 * time.Minute
	// storageWait bounds the look at the storage's clock, and refuseWithin all that
	// an attempt does that is refused: the heartbeat timeout is longer.
	storageWait  = 5 * time.Second
	refuseWithin = 20 * time.Second
)

// compareClocks returns why the worker may not take the attempt: its clock and
// Temporal's disagree. The start of an attempt is by the clock of Temporal.
func (p Patience) compareClocks(ctx context.Context) *failure.Error {
	r := clock.Readings{Worker: workerName, Local: time.Now(), Temporal: activity.GetInfo(ctx).StartedTime}
	if r.Temporal.Unix() == 0 || clock.Agree(r.Local, r.Temporal) {
		return nil // the SDK's test environment does not say when an attempt started
	}
	if p.StorageTime != nil {
		// The attempt's own deadline may be over already, by the wrong clock.
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), storageWait)
		defer cancel()
		if at, err := p.StorageTime(own); err == nil {
			r.Storage = at
		}
	}
	return r.Skew()
}

// refuse ends an attempt for the worker's clock. Another worker may take the
// step, so it is tried again for a while.
func refuse(ctx context.Context, off *failure.Error, p Patience) error {
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), refuseWithin)
	defer cancel()
	info := activity.GetInfo(ctx)
	before, details := earlierAttempts(ctx)
	record := before.Skewed(info.Attempt, workerName, info.StartedTime)
	activity.RecordHeartbeat(own, withRecord(details, record)...)
	lasts := info.StartedTime.Sub(record.Off)
	err := givenUp(off, fmt.Sprintf("no worker whose clock is right has taken the step for %s: ", lasts.Round(time.Second)))
	if lasts < p.skewLimit(own) {
		err = offered(off, lasts)
		if lasts == 0 || telling(info.Attempt) {
			wait := outage.Wait{For: "have the step done by a worker whose clock is right", Since: record.Off, Attempt: int(info.Attempt), Err: off}
			p.Tell(own, wait.Text())
		}
	}
	err = FromActivity(ctx, err)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		// The SDK reports nothing of an attempt whose deadline is over by this
		// worker's clock. If this report fails, the heartbeat timeout ends the
		// attempt.
		_ = activity.GetClient(ctx).CompleteActivity(own, info.TaskToken, nil, err)
	}
	return err
}

// skewLimit is how long a step is offered to other workers. One that waits for a
// place of theirs is for as long as they may be busy.
func (p Patience) skewLimit(ctx context.Context) time.Duration {
	if limit := p.Limit(ctx); limit < skewLimit || activity.GetInfo(ctx).StartToCloseTimeout > longStep {
		return limit
	}
	return skewLimit
}

// offered returns the error of an attempt after which the step is tried again:
// soon at first, and then as its retry policy says.
func offered(off *failure.Error, lasts time.Duration) error {
	delay := skewDelay
	if lasts >= skewLimit {
		delay = 0
	}
	d := Details{Message: cut(off.Summary(), maxMessage), Action: cut(off.Action, maxMessage)}
	return temporal.NewApplicationErrorWithOptions(d.text(), string(off.Code), temporal.ApplicationErrorOptions{
		NextRetryDelay: delay, Details: []any{d},
	})
}
