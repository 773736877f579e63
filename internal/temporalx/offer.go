package temporalx

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/failure"
)

// offerDelay is the delay after which another worker may take an attempt that
// was given back. The server assigns it to the worker that has waited longest,
// so that few offers are needed.
const offerDelay = 5 * time.Second

// offerBack returns the error that gives an attempt of a long step back for
// another worker: the one whose last attempt the server has given up. If that
// worker is alive, the work continues there.
func offerBack(ctx context.Context) error {
	info := activity.GetInfo(ctx)
	before, details := earlierAttempts(ctx)
	record, offered := before.Offer(info.Attempt, workerName, info.StartedTime)
	if !offered || info.StartToCloseTimeout <= longStep {
		return nil
	}
	if before != record {
		activity.RecordHeartbeat(ctx, withRecord(details, record)...)
	}
	return benign(string(failure.TemporalUnavailable), fmt.Sprintf("worker %s may still have the step's work: it is not heard of since attempt %d", record.Worker, record.Attempt), offerDelay)
}
