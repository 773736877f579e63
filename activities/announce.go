package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/temporalx"
)

const (
	// announceTry bounds one heartbeat request.
	announceTry   = 10 * time.Second
	announcePause = time.Second
)

// announce heartbeats details and waits until the server has them. An ordinary
// heartbeat is sent later and not confirmed. If the server does not answer, or
// has given the attempt up, announce tries again with the token of the latest
// attempt, until the context ends.
func announce(ctx context.Context, details func() any) error {
	for {
		err := announceOnce(ctx, latestAttempt(ctx), details())
		var lost *serviceerror.NotFound
		if err == nil || !errors.As(err, &lost) && !unanswered(err) && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(announcePause):
		}
	}
}

func announceOnce(ctx, attempt context.Context, details any) error {
	activity.RecordHeartbeat(attempt, details) // replaces a heartbeat that waits to be sent
	ctx, cancel := context.WithTimeout(ctx, announceTry)
	defer cancel()
	return activity.GetClient(attempt).RecordActivityHeartbeat(ctx, activity.GetInfo(attempt).TaskToken, temporalx.Beat(attempt, details)...)
}
