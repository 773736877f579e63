package activities

import (
	"context"
	"errors"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/failure"
)

// askEvery is the interval at which work without an attempt asks the server
// whether one will follow. An attempt that this worker gets joins the work
// within that interval.
const askEvery = 3 * time.Second

// errForsaken ends work that no attempt will join.
var errForsaken = failure.New(failure.Internal, "", "no attempt of the step comes to this worker any more")

// forsaken waits until no attempt of the step will come to this worker: its job
// was cancelled or is over, another worker makes the next attempt, or the
// context's deadline has passed. It returns false if the context was cancelled
// before.
func forsaken(ctx context.Context) bool {
	ticker := time.NewTicker(askEvery)
	defer ticker.Stop()
	var before prospect
	for {
		select {
		case <-ctx.Done():
			return errors.Is(ctx.Err(), context.DeadlineExceeded)
		case <-ticker.C:
		}
		now := nextAttempt(ctx)
		if now == ended || now == begun && before == begun {
			return true
		}
		before = now
	}
}

// prospect is what the server says about a step's next attempt.
type prospect int

const (
	// awaited means that the next attempt has not started. It is also assumed
	// if the server does not answer.
	awaited prospect = iota
	begun
	ended
)

func nextAttempt(ctx context.Context) prospect {
	info := activity.GetInfo(ctx)
	found, err := activity.GetClient(ctx).DescribeWorkflowExecution(ctx, info.WorkflowExecution.ID, info.WorkflowExecution.RunID)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return ended
	}
	if err != nil {
		return awaited
	}
	for _, step := range found.GetPendingActivities() {
		if step.GetActivityId() != info.ActivityID {
			continue
		}
		switch step.GetState() {
		case enumspb.PENDING_ACTIVITY_STATE_STARTED:
			return begun
		case enumspb.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED:
			return ended
		default:
			return awaited
		}
	}
	return ended
}
