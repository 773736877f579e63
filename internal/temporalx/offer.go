package temporalx

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/failure"
)

// offerDelay is how soon another worker may take an attempt that one gives back. A
// server hands it to the worker that has waited longest, so few are needed.
const offerDelay = 5 * time.Second

// offerBack returns the error of an attempt of a long step that another worker
// should make: the one whose last attempt the server has given up. If that worker
// lives, the step's work goes on there.
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
