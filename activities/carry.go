package activities

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/outage"
	"github.com/pgvault/pgvault/internal/progress"
)

const (
	// carryAlone is how long work continues without an attempt. The server waits at
	// most half a minute between two attempts.
	carryAlone = 2 * time.Minute
	// keepResult is how long a result is kept if the server may not have received
	// it.
	keepResult = time.Hour
)

// carrier lets the work of a step outlive its attempts. After an outage longer
// than the heartbeat timeout, the Temporal server gives an attempt up although
// its worker is alive. The next attempt, if the same worker gets it, joins the
// work in progress. The zero value is ready to use. It is safe for concurrent
// use.
type carrier struct {
	mu    sync.Mutex
	works map[string]*work
}

// work is the work of a step, shared by its attempts.
type work struct {
	meter   *progress.Meter
	details func() any
	cancel  context.CancelCauseFunc
	done    chan struct{}
	result  any
	err     error
	// panicked is what the work has panicked with; nil if it has not.
	panicked any
	// latest is the context of the latest attempt.
	latest atomic.Value
	// attempts is the number of attempts that wait for the work. If it is zero, the
	// work or its result is dropped after a time. A new attempt calls joined to
	// prevent that.
	attempts int
	joined   func()
}

type workKey struct{}

// latestAttempt returns the context of the latest attempt that has joined the
// work with the given context. The server may have given up earlier ones.
func latestAttempt(ctx context.Context) context.Context {
	w, carried := ctx.Value(workKey{}).(*work)
	if !carried {
		return ctx
	}
	return w.latest.Load().(attempt).Context
}

// attempt gives contexts of different types one type, for atomic.Value.
type attempt struct{ context.Context }

// counted returns work whose heartbeats are the readings of its meter.
func counted(m *progress.Meter) *work {
	return &work{meter: m, details: func() any { return m.Snapshot() }}
}

// carry joins the work of a step that an earlier attempt has started in this
// process. If there is none, it starts w and runs do. The context of do ends
// when the step must end, and not when an attempt is lost.
func carry[T any](ctx context.Context, c *carrier, w *work, do func(context.Context) (T, error)) (T, error) {
	info := activity.GetInfo(ctx)
	key := info.WorkflowExecution.RunID + "/" + info.ActivityID
	begun := w
	w = c.join(ctx, key, begun, func() {
		working, cancel := context.WithCancelCause(context.WithValue(context.WithoutCancel(ctx), workKey{}, begun))
		begun.cancel, begun.done = cancel, make(chan struct{})
		go func() {
			defer close(begun.done)
			defer begun.catch()
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
	if w.panicked != nil {
		panic(w.panicked)
	}
	result, _ := w.result.(T)
	return result, endCause(beating, w.err)
}

var errPanicked = errors.New("the work has panicked")

// catch keeps a panic of the work for its attempts. Temporal's worker recovers from
// a panic in the goroutine of an attempt only, and would end with one elsewhere.
func (w *work) catch() {
	if p := recover(); p != nil {
		w.panicked, w.err = fmt.Sprintf("%v\n%s", p, debug.Stack()), errPanicked
	}
}

// join returns the work in progress with a key. If there is none, it starts w.
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

// drop ends work that no attempt has joined.
func (c *carrier) drop(key string, w *work) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if w.attempts > 0 || c.works[key] != w {
		return
	}
	delete(c.works, key)
	w.cancel(errForsaken)
}
