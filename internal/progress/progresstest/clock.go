package progresstest

import (
	"context"
	"sync"
	"time"
)

// Clock stands still but for [Clock.Pass]. It is safe for concurrent use.
type Clock struct {
	mu     sync.Mutex
	at     time.Time
	looked chan struct{} // closed at the next look
}

// NewClock makes a clock.
func NewClock() *Clock {
	return &Clock{at: time.Unix(1_000_000_000, 0), looked: make(chan struct{})}
}

// Now is what a meter is made with.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.looked)
	c.looked = make(chan struct{})
	return c.at
}

// Pass lets time go by, and returns when somebody has looked at the clock since,
// as a watch does all the time, or when the context ends.
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
