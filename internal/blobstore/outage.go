package blobstore

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/outage"
)

const (
	firstPause   = 250 * time.Millisecond
	longestPause = 5 * time.Second

	// An attempt may take so long, and longer by its size, since its last byte
	// was seen to move: a connection that nobody answers on would otherwise hang
	// for as long as TCP likes.
	attemptBase = time.Minute
	slowestRate = 256 << 10 // bytes a second
)

// small makes a request without much of a body.
func (c *Container) small(ctx context.Context, what string, try func(context.Context) error) error {
	return c.ride(ctx, c.smallLimit(), 0, what, try)
}

// ride makes a request that moves so many bytes, and makes it again while the
// storage is away, until it has been away for the limit.
func (c *Container) ride(ctx context.Context, limit time.Duration, size int64, what string, try func(context.Context) error) error {
	return c.rideMoving(ctx, limit, size, what, func(ctx context.Context, _ func()) error { return try(ctx) })
}

// rideMoving is ride for a request that tells by alive that bytes move. As long
// as they do, the line is slow, and not away. Patience that the context has takes
// the place of the limit.
func (c *Container) rideMoving(ctx context.Context, limit time.Duration, size int64, what string, try func(ctx context.Context, alive func()) error) error {
	limit = outage.Patience(ctx, limit)
	wait := outage.Wait{For: what}
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := during(ctx, what, attempt(ctx, size, try))
		if failure.CodeOf(err) != failure.StorageUnavailable {
			c.answered(ctx, wait)
			return err
		}
		c.failed(ctx, &wait, err)
		if time.Since(wait.Since)+pause > limit {
			c.answered(ctx, wait)
			return err
		}
		if !sleep(ctx, pause/2+rand.N(pause/2)) {
			c.answered(ctx, wait)
			return during(ctx, what, ctx.Err())
		}
	}
}

// failed counts a try, and tells of it.
func (c *Container) failed(ctx context.Context, w *outage.Wait, err error) {
	if w.Since.IsZero() {
		w.Since = time.Now()
	}
	w.Attempt++
	w.Err = err
	outage.Waiting(ctx, *w)
}

// answered ends a wait, if one is going on.
func (c *Container) answered(ctx context.Context, w outage.Wait) {
	if w.Attempt > 0 {
		outage.Over(ctx, w.For)
	}
}

// smallLimit is that of a request that is one step of an activity.
func (c *Container) smallLimit() time.Duration { return min(c.outageLimit, smallOutageLimit) }

func attempt(ctx context.Context, size int64, try func(ctx context.Context, alive func()) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	limit := attemptBase + time.Duration(size/slowestRate)*time.Second
	timer := time.AfterFunc(limit, cancel)
	defer timer.Stop()
	return try(ctx, func() { timer.Reset(limit) })
}

// sleep reports whether the context was still alive at the end.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
