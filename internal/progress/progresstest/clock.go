package progresstest

import (
	"context"
	"sync"
	"time"
)

// Clock is a clock that advances by [Clock.Pass] only. It is safe for
// concurrent use.
type Clock struct {
	mu     sync.Mutex
	at     time.Time
	looked chan struct{} // closed at the next reading
}

// NewClock returns a clock.
func NewClock() *Clock {
	return &Clock{at: time.Unix(1_000_000_000, 0), looked: make(chan struct{})}
}

// Now returns the clock's time. It counts as a reading of the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.looked)
	c.looked = make(chan struct{})
	return c.at
}

// Pass advances the clock and waits until somebody has read it since, as a
// watch does all the time, or until ctx is done.
func (c *Clock) Pass(ctx context.Context, d time.Duration) {
	c.mu.Lock()
	c.at = c.at.Add(d)
	looked := c.looked
	c.mu.Unlock()
	select {
	case <-looked:
	case <-ctx.Done():
	}
}
