package temporalx

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/failure"
)

// offerDelay is the delay after which another worker may take a returned
// attempt. The server assigns it to the worker that has waited longest, so few
// offers are needed.
const offerDelay = 5 * time.Second

// offerBack returns the error that returns an attempt of a long step to the
// server for another worker. That is the worker whose last attempt the server
// has given up. If it is alive, the work continues there.
func offerBack(ctx context.Context) error {
	info := activity.GetInfo(ctx)
	before, details := earlierAttempts(ctx)
	record, offered := before.Offer(info.Attempt, workerName, info.StartedTime)
	if !offered || info.StartToCloseTimeout <= longStep || before.Offered.IsZero() && ended(ctx) {
		return nil
	}
	if before != record {
		activity.RecordHeartbeat(ctx, withRecord(details, record)...)
	}
	return benign(string(failure.TemporalUnavailable), fmt.Sprintf("worker %s may still have the step's work: it is not heard of since attempt %d", record.Worker, record.Attempt), offerDelay)
}

// ended reports whether the last attempt of a step ended by itself. Its record may
// say nothing about that, since a last heartbeat may be lost.
func ended(ctx context.Context) bool {
	info := activity.GetInfo(ctx)
	found, err := activity.GetClient(ctx).DescribeWorkflowExecution(ctx, info.WorkflowExecution.ID, info.WorkflowExecution.RunID)
	if err != nil {
		return false
	}
	for _, step := range found.GetPendingActivities() {
		if step.GetActivityId() == info.ActivityID && step.GetLastFailure() != nil {
			return step.GetLastFailure().GetTimeoutFailureInfo() == nil
		}
	}
	return false
}
