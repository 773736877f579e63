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
)

const (
	// takeOverDelay is how soon another worker takes what a stopping one gives up.
	takeOverDelay = 100 * time.Millisecond
	// maxMessage and maxFindings bound what stands in a history, in bytes.
	maxMessage  = 8 << 10
	maxFindings = 128 << 10
)

// Details are what an error of ours carries beside type and message.
type Details struct {
	Message  string            `json:"message"`
	Action   string            `json:"action,omitempty"`
	Findings []failure.Finding `json:"findings,omitempty"`
}

// FromActivity is the activity boundary: it gives the error that an activity
// returns for err. When the activity's context has ended, the reason for that
// decides, whatever the work made of it: only a job that was cancelled ends as
// cancelled; pause, reset and a stopping worker leave it to another attempt.
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

// AsTemporal returns an error in the form in which Temporal keeps its code: an
// application error whose type is the code, not retryable where the code is
// not. Temporal's own errors and context errors pass through unchanged.
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
	d := Details{Message: cut(printable(f.Summary()), maxMessage), Action: cut(printable(f.Action), maxMessage), Findings: boundFindings(f.Findings)}
	return temporal.NewApplicationErrorWithOptions(d.text(), string(f.Code), temporal.ApplicationErrorOptions{
		NonRetryable: !f.Code.Retryable(),
		Details:      []any{d},
	})
}

// text is what Temporal's UI shows.
func (d Details) text() string {
	if d.Action == "" {
		return d.Message
	}
	return d.Message + "\nTo mend it: " + d.Action
}

// benign makes a retryable error that is no failure in logs and metrics.
func benign(code, message string, delay time.Duration) error {
	return temporal.NewApplicationErrorWithOptions(message, code, temporal.ApplicationErrorOptions{
		Category:       temporal.ApplicationErrorCategoryBenign,
		NextRetryDelay: delay,
		Details:        []any{Details{Message: message}},
	})
}

// isTemporal looks at the outermost error only, as Temporal itself does.
func isTemporal(err error) bool {
	switch err.(type) { //nolint:errorlint // a wrapped one would lose its type on the way, so it does not pass
	case *temporal.ApplicationError, *temporal.CanceledError, *temporal.TimeoutError, *temporal.TerminatedError,
		*temporal.ActivityError, *temporal.ChildWorkflowExecutionError, *temporal.PanicError, *temporal.ServerError:
		return true
	}
	return false
}

// printable makes a text one that Temporal takes: what a server says may be of
// any encoding.
func printable(text string) string { return strings.ToValidUTF8(text, "?") }

func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}

// boundFindings keeps as many findings as a history should hold, and says how
// many there were.
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
