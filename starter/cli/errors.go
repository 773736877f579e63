package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
)

var (
	// errChecksFailed: the findings are printed already.
	errChecksFailed = errors.New("a check failed")
	// errInterrupted: the command ends at a person's wish, and has said what goes on.
	errInterrupted = errors.New("interrupted")
)

// usageError is a command line that makes no sense.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error {
	return &usageError{text: fmt.Sprintf(format, args...)}
}

// jobError is a job that did not do its work.
type jobError struct {
	id  string
	err *failure.Error
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

// canGoOn reports whether a rerun makes sense: with the same input, and for work
// that is worth keeping.
func (e *jobError) canGoOn() bool {
	return e.err.Code != failure.InvalidInput && e.err.Code != failure.MaxConcurrentOperations && !strings.HasPrefix(e.id, jobs.KindValidate+"/")
}

// asJobError returns a job's error as the job's own failure.
func asJobError(id string, err error) error {
	if err == nil {
		return nil
	}
	return &jobError{id: id, err: temporalx.Failure(err)}
}
