package outage

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// DefaultPatience is how long an outage may last where nothing else is set.
const DefaultPatience = time.Hour

// Wait is one wait for a service that is away.
type Wait struct {
	// For is what is being tried, with the object: "upload points/1/dump.dump".
	For string
	// Since is when it failed for the first time.
	Since time.Time
	// Attempt counts the tries that have failed.
	Attempt int
	// Err is what the last one failed for.
	Err error
}

// Text is the wait for people.
func (w Wait) Text() string {
	return fmt.Sprintf("waiting since %s to %s, attempt %d failed: %s", w.Since.UTC().Format("15:04:05 MST"), w.For, w.Attempt, w.Err)
}

// Observer is told of waits. It is safe for concurrent use.
type Observer interface {
	// Waiting is called after each try that has failed.
	Waiting(w Wait)
	// Over is called when the wait for the same has ended, well or not.
	Over(what string)
}

type patienceKey struct{}

type observerKey struct{}

// WithPatience returns a context in which an outage may last so long.
func WithPatience(ctx context.Context, patience time.Duration) context.Context {
	return context.WithValue(ctx, patienceKey{}, patience)
}

// Patience returns how long an outage may last, or otherwise what is given.
func Patience(ctx context.Context, otherwise time.Duration) time.Duration {
	if patience, ok := ctx.Value(patienceKey{}).(time.Duration); ok {
		return patience
	}
	return otherwise
}

// WithObserver returns a context whose waits the observer is told of, beside
// those that the context has already.
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
