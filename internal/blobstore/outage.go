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

	// An attempt is canceled after attemptBase, plus the time for its size at
	// slowestRate, without progress. A connection without answers would otherwise
	// hang until TCP gives it up.
	attemptBase = time.Minute
	slowestRate = 256 << 10 // bytes per second
)

// small sends a request with a small body or none.
func (c *Container) small(ctx context.Context, what string, try func(context.Context) error) error {
	return c.retry(ctx, c.smallLimit(), 0, what, try)
}

// retry sends a request of size bytes and resends it during an outage. It gives
// up when the outage exceeds the limit.
func (c *Container) retry(ctx context.Context, limit time.Duration, size int64, what string, try func(context.Context) error) error {
	return c.retryMoving(ctx, limit, size, what, func(ctx context.Context, _ func()) error { return try(ctx) })
}

// retryMoving is like retry for a request that calls alive whenever bytes move.
// A slow transfer is then not an outage. The patience of the context, if any,
// replaces the limit.
func (c *Container) retryMoving(ctx context.Context, limit time.Duration, size int64, what string, try func(ctx context.Context, alive func()) error) error {
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

// failed records a failed attempt in w and reports it to the context's
// observer.
func (c *Container) failed(ctx context.Context, w *outage.Wait, err error) {
	if w.Since.IsZero() {
		w.Since = time.Now()
	}
	w.Attempt++
	w.Err = err
	outage.Waiting(ctx, *w)
}

// answered reports the end of the wait, if w is one.
func (c *Container) answered(ctx context.Context, w outage.Wait) {
	if w.Attempt > 0 {
		outage.Over(ctx, w.For)
	}
}

// smallLimit returns the outage limit of small requests.
func (c *Container) smallLimit() time.Duration { return min(c.outageLimit, smallOutageLimit) }

func attempt(ctx context.Context, size int64, try func(ctx context.Context, alive func()) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	limit := attemptBase + time.Duration(size/slowestRate)*time.Second
	timer := time.AfterFunc(limit, cancel)
	defer timer.Stop()
	return try(ctx, func() { timer.Reset(limit) })
}

// sleep waits for d and reports whether the context is still alive.
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
