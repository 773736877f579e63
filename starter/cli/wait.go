package cli

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// look is the interval at which a running job is checked.
const look = 500 * time.Millisecond

// wait watches a job to its end and decodes its result. If the command is
// interrupted, the job continues.
func (a *App) wait(ctx context.Context, s *session, run client.WorkflowRun, result any) error {
	ended := make(chan error, 1)
	go func() { ended <- a.outcome(ctx, run, result) }()
	view := a.newView()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		select {
		case err := <-ended:
			view.close()
			if ctx.Err() != nil {
				a.leave(run.GetID())
				return errInterrupted
			}
			return asJobError(run.GetID(), err)
		case <-ticker.C:
			if state, ok := s.queryState(ctx, run); ok {
				view.show(state)
			}
		}
	}
}

// outcome waits for the job's end, however often the server is unavailable
// meanwhile.
func (a *App) outcome(ctx context.Context, run client.WorkflowRun, result any) error {
	noted := false
	for {
		err := run.Get(ctx, result)
		if !isAway(err) || ctx.Err() != nil {
			return err
		}
		if !noted {
			noted = true
			a.note("The Temporal server does not answer; asking again until it does.")
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
	return errors.As(err, &unavailable) || errors.As(err, &late)
}

// leave prints what happens to a job that is no longer watched.
func (a *App) leave(id string) {
	a.note("\nThe job goes on: %s\nTo see it:    temporal workflow describe -w %s\nTo cancel it: temporal workflow cancel -w %s", id, id, id)
}

// jobState is the state of a running job, for a person who waits.
type jobState struct {
	step    string
	attempt int32
	// phase is what the job waits for; it is shown in place of a step.
	phase string
	// lastError is the error of the previous attempt.
	lastError string
	// moved is set for steps that move bytes; text for others that report.
	moved *progress.Snapshot
	text  string
}

// queryState queries the job's state. It ignores an error, since the query is
// repeated soon.
func (s *session) queryState(ctx context.Context, run client.WorkflowRun) (jobState, bool) {
	found, err := s.jobs.Progress(ctx, run.GetID(), run.GetRunID())
	if err != nil || found.Step == "" && found.Phase == "" {
		return jobState{}, false
	}
	return stateOf(found), true
}

func stateOf(found temporalx.Progress) jobState {
	if found.Phase != "" {
		return jobState{phase: found.Phase, lastError: found.LastError, attempt: found.Attempt, step: found.Step}
	}
	state := jobState{step: found.Step, attempt: found.Attempt, lastError: found.LastError}
	var moved progress.Snapshot
	if found.Heartbeat(&moved) && moved.Phase != "" {
		state.moved = &moved
		return state
	}
	// Steps without bytes report a sentence, or nothing.
	_ = found.Heartbeat(&state.text)
	return state
}
