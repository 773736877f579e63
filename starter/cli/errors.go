package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/temporal"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/starter/cli/document"
)

var (
	// errChecksFailed is returned if checks failed whose findings are printed
	// already.
	errChecksFailed = errors.New("a check failed")
	// errInterrupted is returned if a person ended the command, which has
	// printed what continues.
	errInterrupted = errors.New("interrupted")
)

// usageError is an error in the command line.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error {
	return &usageError{text: fmt.Sprintf(format, args...)}
}

// refusedError is an error found before anything was begun, which a person has to
// decide about or which is a name that does not exist. The exit status is that of
// wrong usage.
type refusedError struct{ err error }

func (e *refusedError) Error() string { return e.err.Error() }

func (e *refusedError) Unwrap() error { return e.err }

// jobError is the error of a job that did not succeed.
type jobError struct {
	id    string
	state document.JobState
	err   *failure.Error
}

func (e *jobError) Error() string {
	return fmt.Sprintf("job %s: %s", e.id, e.err)
}

func (e *jobError) Unwrap() error { return e.err }

func (a *App) printError(err error) {
	var job *jobError
	if errors.As(err, &job) {
		a.printJobError(job)
		return
	}
	if errors.Is(err, context.Canceled) {
		a.note("pgvault: interrupted")
		return
	}
	a.note("pgvault: %v", err)
}

func (a *App) printJobError(job *jobError) {
	if job.err.Code == failure.Cancelled {
		a.note("Job %s was cancelled.", job.id)
		return
	}
	a.note("Job %s failed.\n%s", job.id, job.err)
	if job.canGoOn() {
		a.note("Once that is mended: pgvault rerun %s", job.id)
	}
}

// canGoOn reports whether a rerun may succeed: with the same input, and for
// work that is worth keeping. A drill keeps nothing.
func (e *jobError) canGoOn() bool {
	mistyped := []failure.Code{failure.InvalidInput, failure.InstanceNotFound, failure.RecoveryPointNotFound, failure.RetentionRuleNotFound}
	keepsNothing := strings.HasPrefix(e.id, jobs.KindValidate+"/") || jobs.IsDrillSchedule(e.id)
	return !slices.Contains(mistyped, e.err.Code) && e.err.Code != failure.MaxConcurrentOperations && !keepsNothing
}

// asJobError returns a job's error with the job's own failure.
func asJobError(id string, err error) error {
	if err == nil {
		return nil
	}
	return &jobError{id: id, state: failedState(err), err: temporalx.Failure(err)}
}

// failedState returns the state of a job that ended with an error.
func failedState(err error) document.JobState {
	var cancelled *temporal.CanceledError
	var terminated *temporal.TerminatedError
	var timedOut *temporal.TimeoutError
	var application *temporal.ApplicationError
	switch {
	case errors.As(err, &application): // also of a step that timed out
		return document.Failed
	case errors.As(err, &cancelled):
		return document.Cancelled
	case errors.As(err, &terminated):
		return document.Terminated
	case errors.As(err, &timedOut):
		return document.TimedOut
	}
	return document.Failed
}

// endState returns the state of a job for which the command has waited.
func endState(err error) document.JobState {
	var job *jobError
	switch {
	case err == nil:
		return document.Completed
	case errors.As(err, &job):
		return job.state
	}
	return document.Running
}
