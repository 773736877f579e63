package outage

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// DefaultPatience is the default length of an outage that is waited out.
const DefaultPatience = time.Hour

// Wait is a wait for an unavailable service.
type Wait struct {
	// For is the operation that is retried, with its object: "upload
	// points/1/dump.dump".
	For string
	// Since is the time of its first failure.
	Since time.Time
	// Attempt counts the failed tries.
	Attempt int
	// Err is the error of the last try.
	Err error
}

// Text describes the wait.
func (w Wait) Text() string {
	return fmt.Sprintf("waiting since %s to %s, attempt %d failed: %s", w.Since.UTC().Format("15:04:05 MST"), w.For, w.Attempt, w.Err)
}

// Observer is notified of waits. It must be safe for concurrent use.
type Observer interface {
	// Waiting is called after each failed try.
	Waiting(w Wait)
	// Over is called when the wait for the operation has ended, successfully or
	// not.
	Over(what string)
}

type patienceKey struct{}

type observerKey struct{}

// WithPatience returns a context in which outages may last for patience.
func WithPatience(ctx context.Context, patience time.Duration) context.Context {
	return context.WithValue(ctx, patienceKey{}, patience)
}

// Patience returns how long an outage may last in the context, or otherwise if
// the context does not say.
func Patience(ctx context.Context, otherwise time.Duration) time.Duration {
	if patience, ok := ctx.Value(patienceKey{}).(time.Duration); ok {
		return patience
	}
	return otherwise
}

// WithObserver returns a context whose waits are reported to o, in addition to
// the context's other observers.
func WithObserver(ctx context.Context, o Observer) context.Context {
	return context.WithValue(ctx, observerKey{}, append(slices.Clip(observers(ctx)), o))
}

func observers(ctx context.Context) []Observer {
	all, _ := ctx.Value(observerKey{}).([]Observer)
	return all
}

// Waiting notifies the context's observers of a wait.
func Waiting(ctx context.Context, w Wait) {
	for _, o := range observers(ctx) {
		o.Waiting(w)
	}
}

// Over notifies the context's observers that a wait has ended.
func Over(ctx context.Context, what string) {
	for _, o := range observers(ctx) {
		o.Over(what)
	}
}
