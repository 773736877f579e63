package temporalx

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/printable"
)

const (
	// takeOverDelay is the delay after which another worker takes the step of a
	// stopping one.
	takeOverDelay = 100 * time.Millisecond
	// maxMessage and maxFindings bound the size of an error in a history, in
	// bytes.
	maxMessage  = 8 << 10
	maxFindings = 128 << 10
)

// Details are the details of an error besides its type and message.
type Details struct {
	Message  string            `json:"message"`
	Action   string            `json:"action,omitempty"`
	Findings []failure.Finding `json:"findings,omitempty"`
}

// FromActivity returns the error that an activity returns to Temporal for err.
// If the activity's context has ended, its cause decides, whatever err is: only
// the cancellation of the job ends the step as cancelled; after a pause, a
// reset or the stop of the worker, another attempt follows.
func FromActivity(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	cause := context.Cause(ctx)
	var cancelled *temporal.CanceledError
	switch {
	case cause == nil:
		return AsTemporal(err)
	case errors.As(cause, &cancelled):
		return temporal.NewCanceledError()
	case errors.Is(cause, activity.ErrActivityPaused), errors.Is(cause, activity.ErrActivityReset):
		return benign(string(failure.Internal), cause.Error(), 0)
	case errors.Is(cause, worker.ErrWorkerShutdown):
		return AsTemporal(failure.New(failure.WorkerStopping, "", "the worker is stopping; another one takes over"))
	}
	return AsTemporal(err)
}

// AsTemporal returns an error in Temporal's form: an application error whose
// type is the failure code, not retryable if the code is not. It returns
// Temporal's own errors and context errors unchanged.
func AsTemporal(err error) error {
	if err == nil || isTemporal(err) {
		return err
	}
	var f *failure.Error
	if !errors.As(err, &f) {
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		f = failure.New(failure.Internal, "", "%s", err.Error())
	}
	if f.Code == failure.WorkerStopping {
		return benign(string(f.Code), f.Message, takeOverDelay)
	}
	return application(f, 0)
}

// After returns an error in Temporal's form. If it is retried, the next attempt
// follows after a delay, and not when the retry policy says so.
func After(f *failure.Error, delay time.Duration) error { return application(f, delay) }

// application returns a failure in Temporal's form.
func application(f *failure.Error, delay time.Duration) error {
	d := Details{Message: printable.Cut(validUTF8(f.Summary()), maxMessage), Action: printable.Cut(validUTF8(f.Action), maxMessage), Findings: boundFindings(f.Findings)}
	return temporal.NewApplicationErrorWithOptions(d.text(), string(f.Code), temporal.ApplicationErrorOptions{
		NonRetryable:   !f.Code.Retryable(),
		NextRetryDelay: delay,
		Details:        []any{d},
	})
}

// text returns the text shown in Temporal's UI.
func (d Details) text() string {
	if d.Action == "" {
		return d.Message
	}
	return d.Message + "\nTo mend it: " + d.Action
}

// benign returns a retryable error that does not count as a failure in logs and
// metrics.
func benign(code, message string, delay time.Duration) error {
	return temporal.NewApplicationErrorWithOptions(message, code, temporal.ApplicationErrorOptions{
		Category:       temporal.ApplicationErrorCategoryBenign,
		NextRetryDelay: delay,
		Details:        []any{Details{Message: message}},
	})
}

// isTemporal reports whether the outermost error is Temporal's, as Temporal
// itself checks.
func isTemporal(err error) bool {
	switch err.(type) { //nolint:errorlint // a wrapped error would lose its type and is converted
	case *temporal.ApplicationError, *temporal.CanceledError, *temporal.TimeoutError, *temporal.TerminatedError,
		*temporal.ActivityError, *temporal.ChildWorkflowExecutionError, *temporal.PanicError, *temporal.ServerError:
		return true
	}
	return false
}

// validUTF8 replaces bytes that are not UTF-8, which Temporal rejects: a
// server's message may be in any encoding.
func validUTF8(text string) string { return strings.ToValidUTF8(text, "?") }

// boundFindings returns as many findings as fit into a history, and a note on
// their total.
func boundFindings(findings []failure.Finding) []failure.Finding {
	size := 0
	for i, f := range findings {
		encoded, err := json.Marshal(f)
		if size += len(encoded); err == nil && size <= maxFindings {
			continue
		}
		last := failure.Finding{Check: f.Check, Code: f.Code, Message: fmt.Sprintf("and %d more findings, too many to keep here", len(findings)-i)}
		return append(findings[:i:i], last)
	}
	return findings
}
