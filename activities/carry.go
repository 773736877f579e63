package activities

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/outage"
	"github.com/pgvault/pgvault/internal/progress"
)

const (
	// carryAlone is how long work goes on for an attempt that is yet to come. The
	// server lets half a minute pass between two attempts at most.
	carryAlone = 2 * time.Minute
	// keepResult is how long a result is kept of which nobody knows whether it has
	// reached the server.
	keepResult = time.Hour
)

// carrier keeps the work of steps apart from their attempts. A Temporal server
// that is away for longer than the heartbeat timeout takes the attempt for lost
// when it comes back, though the worker is alive: the next attempt, if it comes
// to the same worker, goes on with the work that is under way. Its zero value is
// ready. It is safe for concurrent use.
type carrier struct {
	mu    sync.Mutex
	works map[string]*work
}

// work is what a step does, for whichever of its attempts is there.
type work struct {
	meter   *progress.Meter
	details func() any
	cancel  context.CancelCauseFunc
	done    chan struct{}
	result  any
	err     error
	// latest is the context of the attempt that came last.
	latest atomic.Value
	// attempts are how many are there. When none is, joined keeps the work, or its
	// result, from being dropped.
	attempts int
	joined   func()
}

type workKey struct{}

// latestAttempt returns the context of the attempt that came last to the work
// whose context is given. An earlier one may have been given up by the server.
func latestAttempt(ctx context.Context) context.Context {
	w, carried := ctx.Value(workKey{}).(*work)
	if !carried {
		return ctx
	}
	return w.latest.Load().(attempt).Context
}

// attempt makes contexts of different types one type.
type attempt struct{ context.Context }

// counted is work whose heartbeats are the readings of its meter.
func counted(m *progress.Meter) *work {
	return &work{meter: m, details: func() any { return m.Snapshot() }}
}

// carry joins the work of a step that an earlier attempt has begun in this
// process. If there is none, it begins w, whose result is that of do. The context
// of do ends when the step is to end, and not when an attempt is lost.
func carry[T any](ctx context.Context, c *carrier, w *work, do func(context.Context) (T, error)) (T, error) {
	info := activity.GetInfo(ctx)
	key := info.WorkflowExecution.RunID + "/" + info.ActivityID
	begun := w
	w = c.join(ctx, key, begun, func() {
		working, cancel := context.WithCancelCause(context.WithValue(context.WithoutCancel(ctx), workKey{}, begun))
		begun.cancel, begun.done = cancel, make(chan struct{})
		go func() {
			defer close(begun.done)
			begun.result, begun.err = do(outage.WithObserver(working, begun.meter))
		}()
	})
	defer c.leave(ctx, key, w)
	beating, stop := beatWith(ctx, w.meter, w.details)
	defer stop()
	defer report(beating, w.meter)()
	select {
	case <-w.done:
	case <-beating.Done():
		cause := context.Cause(beating)
		var lost *serviceerror.NotFound
		if errors.As(cause, &lost) {
			var none T
			return none, cause
		}
		w.cancel(cause)
		<-w.done
	}
	result, _ := w.result.(T)
	return result, endCause(beating, w.err)
}

// join returns the work that is under way by a key. If none is, it begins w.
func (c *carrier) join(ctx context.Context, key string, w *work, begin func()) *work {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, ok := c.works[key]
	if ok {
		w = known
	}
	w.latest.Store(attempt{ctx})
	if !ok {
		begin()
		if c.works == nil {
			c.works = map[string]*work{}
		}
		c.works[key] = w
	}
	if w.joined != nil {
		w.joined()
		w.joined = nil
	}
	w.attempts++
	return w
}

func (c *carrier) leave(ctx context.Context, key string, w *work) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if w.attempts--; w.attempts > 0 {
		return
	}
	select {
	case <-w.done:
		if w.err != nil {
			delete(c.works, key)
			w.cancel(context.Canceled)
			return
		}
		forget := time.AfterFunc(keepResult, func() { c.drop(key, w) })
		w.joined = func() { forget.Stop() }
	default:
		alone, joined := context.WithTimeout(context.WithoutCancel(ctx), carryAlone)
		w.joined = joined
		go func() {
			defer joined()
			if forsaken(alone) {
				c.drop(key, w)
			}
		}()
	}
}

// drop ends what no attempt has come for.
func (c *carrier) drop(key string, w *work) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if w.attempts > 0 || c.works[key] != w {
		return
	}
	delete(c.works, key)
	w.cancel(errForsaken)
}
