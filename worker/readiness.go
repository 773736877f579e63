package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/temporalx/events"
)

const (
	// readyAge is how long an answer counts. Probes of several parties so cost one
	// request.
	readyAge = 5 * time.Second
	// readyWait bounds a check.
	readyWait = 4 * time.Second
)

// check looks whether the worker reaches a part that it cannot work without.
type check struct {
	part string
	// away is the code of a part that does not answer in time.
	away failure.Code
	look func(context.Context) error
}

// failing is a part that the worker does not reach. It has no text of an error,
// which may name what a stranger need not know; the worker's log has it.
type failing struct {
	Part string       `json:"part"`
	Code failure.Code `json:"code"`
}

// readiness reports whether the worker reaches all parts. It is safe for concurrent
// use.
type readiness struct {
	checks []check
	now    func() time.Time
	logger *zap.Logger

	mu     sync.Mutex
	looked time.Time
	parts  []failing
}

// failing returns the parts that the worker does not reach.
func (r *readiness) failing(ctx context.Context) []failing {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.looked.IsZero() && r.now().Sub(r.looked) < readyAge {
		return r.parts
	}
	before := r.parts
	r.parts = r.look(ctx, before)
	r.looked = r.now()
	if len(r.parts) == 0 && len(before) > 0 {
		events.ReadyAgain.Log(r.logger)
	}
	return r.parts
}

// look checks all parts at the same time.
func (r *readiness) look(ctx context.Context, before []failing) (parts []failing) {
	// The answer counts for those who ask later, so it does not end with the
	// request.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyWait)
	defer cancel()
	errs := make([]error, len(r.checks))
	var group sync.WaitGroup
	for i, c := range r.checks {
		group.Go(func() { errs[i] = c.look(ctx) })
	}
	group.Wait()
	for i, err := range errs {
		if err == nil {
			continue
		}
		part := failing{Part: r.checks[i].part, Code: r.checks[i].code(err)}
		parts = append(parts, part)
		r.tell(part, before, err)
	}
	return parts
}

// tell logs a part that fails otherwise than before.
func (r *readiness) tell(part failing, before []failing, err error) {
	for _, b := range before {
		if b == part {
			return
		}
	}
	events.NotReady.Log(r.logger, zap.String("part", part.Part), zap.String("code", string(part.Code)), zap.Error(err))
}

func (c check) code(err error) failure.Code {
	if errors.Is(err, context.DeadlineExceeded) {
		return c.away
	}
	return failure.CodeOf(err)
}
