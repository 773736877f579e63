package cli

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/starter/cli/follow"
)

// look is the interval at which a running job is checked.
const look = 500 * time.Millisecond

// lookTimeout bounds one query of a job's state.
const lookTimeout = 5 * time.Second

// view shows the states of a running job, and its end.
type view interface {
	Show(follow.State)
	End(outcome string)
}

func (a *App) newView() view {
	if a.Columns != nil {
		return follow.NewTerminal(a.screen, a.Columns, time.Now)
	}
	return follow.NewLines(a.Err, time.Now)
}

// wait watches a job to its end and decodes its result. If the command is
// interrupted, the job continues.
func (a *App) wait(ctx context.Context, s *session, run client.WorkflowRun, result any) error {
	ended := make(chan error, 1)
	go func() { ended <- outcome(ctx, run, result) }()
	watched, stop := context.WithCancel(ctx)
	states, done := s.states(watched, run)
	err := a.follow(states, ended)
	stop()
	<-done
	if ctx.Err() != nil {
		a.leave(run.GetID())
		return errInterrupted
	}
	return asJobError(run.GetID(), err)
}

// follow shows the states of a job until it has ended, and returns its error.
func (a *App) follow(states <-chan follow.State, ended <-chan error) error {
	view := a.newView()
	var state follow.State
	view.Show(state)
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		select {
		case err := <-ended:
			view.End(outcomeText(err))
			return err
		case state = <-states:
		case <-ticker.C: // the time is shown too
		}
		view.Show(state)
	}
}

// outcomeText describes the end of a job; it is empty if the command was
// interrupted.
func outcomeText(err error) string {
	switch {
	case err == nil:
		return "completed"
	case errors.Is(err, context.Canceled):
		return ""
	case temporalx.Failure(err).Code == failure.Cancelled:
		return "cancelled"
	}
	return "failed"
}

// outcome waits for the job's end, however often the server is unavailable
// meanwhile.
func outcome(ctx context.Context, run client.WorkflowRun, result any) error {
	for {
		err := run.Get(ctx, result)
		if !isAway(err) || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(look):
		}
	}
}

// isAway reports whether an error is about the connection, not the job.
func isAway(err error) bool {
	var unavailable *serviceerror.Unavailable
	var late *serviceerror.DeadlineExceeded
	return errors.As(err, &unavailable) || errors.As(err, &late) || errors.Is(err, context.DeadlineExceeded)
}

// leave prints what happens to a job that is no longer watched.
func (a *App) leave(id string) {
	a.note("\nThe job goes on: %s\nTo see it:    temporal workflow describe -w %s\nTo cancel it: temporal workflow cancel -w %s", id, id, id)
}

// states queries a job's state again and again until the context ends. done is
// closed when no more queries are made.
func (s *session) states(ctx context.Context, run client.WorkflowRun) (states <-chan follow.State, done <-chan struct{}) {
	found, over := make(chan follow.State), make(chan struct{})
	go func() {
		defer close(over)
		for {
			state, ok := s.state(ctx, run)
			if ok {
				select {
				case found <- state:
				case <-ctx.Done():
				}
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(look):
			}
		}
	}()
	return found, over
}

// state queries a job's state. An error is ignored, since the query is repeated
// soon, except one that says that the server is away.
func (s *session) state(ctx context.Context, run client.WorkflowRun) (follow.State, bool) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	found, err := s.jobs.Progress(ctx, run.GetID(), run.GetRunID())
	if err != nil {
		away := isAway(err) || failure.CodeOf(err) == failure.TemporalUnavailable
		return follow.State{Away: away}, away
	}
	return follow.Of(found), true
}
