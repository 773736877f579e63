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

// look is how often a running job is looked at.
const look = 500 * time.Millisecond

// wait watches a job to its end and decodes its result. When the command is
// interrupted, the job goes on.
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
			if state, ok := s.look(ctx, run); ok {
				view.show(state)
			}
		}
	}
}

// outcome waits for the job's end, however often the server goes away meanwhile.
func (a *App) outcome(ctx context.Context, run client.WorkflowRun, result any) error {
	told := false
	for {
		err := run.Get(ctx, result)
		if !isAway(err) || ctx.Err() != nil {
			return err
		}
		if !told {
			told = true
			a.note("The Temporal server does not answer; asking again until it does.")
		}
		select {
		case <-ctx.Done():
		case <-time.After(look):
		}
	}
}

// isAway reports whether an error is about the connection and not about the job.
func isAway(err error) bool {
	var unavailable *serviceerror.Unavailable
	var late *serviceerror.DeadlineExceeded
	return errors.As(err, &unavailable) || errors.As(err, &late)
}

// leave says what becomes of a job that is not watched any longer.
func (a *App) leave(id string) {
	a.note("\nThe job goes on: %s\nTo see it:    temporal workflow describe -w %s\nTo cancel it: temporal workflow cancel -w %s", id, id, id)
}

// jobState is what a running job is doing, for a person who waits.
type jobState struct {
	step    string
	attempt int32
	// phase says what the job waits for; it is shown in the place of a step.
	phase string
	// lastError is why the attempt before failed.
	lastError string
	// moved is set for steps that move bytes, text for others that report.
	moved *progress.Snapshot
	text  string
}

// look asks for the job's state. A question that fails is asked again soon, so
// its error is of no interest.
func (s *session) look(ctx context.Context, run client.WorkflowRun) (jobState, bool) {
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
	// Steps without bytes report in a sentence, or not at all.
	_ = found.Heartbeat(&state.text)
	return state
}
