package temporalx

import (
	"context"
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/internal/failure"
)

// Failure returns the failure in an error from Temporal, the reverse of
// [AsTemporal]. An error without a failure gets the code Internal; nil stays
// nil.
func Failure(err error) *failure.Error {
	if err == nil {
		return nil
	}
	var application *temporal.ApplicationError
	var cancelled *temporal.CanceledError
	var terminated *temporal.TerminatedError
	var timeout *temporal.TimeoutError
	var panicked *temporal.PanicError
	var f *failure.Error
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &application):
		return fromApplication(application)
	case errors.As(err, &cancelled), errors.Is(err, context.Canceled), errors.Is(err, workflow.ErrCanceled):
		return failure.New(failure.Cancelled, "", "the job was cancelled")
	case errors.As(err, &terminated):
		return failure.New(failure.Cancelled, "", "the job was terminated")
	case errors.As(err, &timeout):
		return failure.New(failure.Internal, "", "%s", timedOut(err, timeout))
	case errors.As(err, &panicked):
		return failure.New(failure.Internal, "report this as a bug, with the job's history", "%s", panicked.Error())
	}
	return failure.Wrap(err, failure.Internal, "", "unexpected error")
}

func fromApplication(err *temporal.ApplicationError) *failure.Error {
	code := failure.Code(err.Type())
	var d Details
	if err.HasDetails() && err.Details(&d) == nil && d.Message != "" {
		f := failure.New(code, d.Action, "%s", d.Message)
		f.Findings = d.Findings
		return f
	}
	// The SDK returns such errors for a panic and for an input that it cannot
	// decode.
	return failure.New(failure.Internal, "", "%s", err.Message())
}

// timedOut explains a timeout.
func timedOut(err error, timeout *temporal.TimeoutError) string {
	step := "the job"
	var activity *temporal.ActivityError
	if errors.As(err, &activity) {
		step = "step " + activity.ActivityType().GetName()
	}
	switch timeout.TimeoutType() {
	case enumspb.TIMEOUT_TYPE_HEARTBEAT:
		return fmt.Sprintf("the worker that did %s has not been heard of since, and no other brought it to an end", step)
	case enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START:
		return fmt.Sprintf("no worker took %s in time", step)
	}
	return fmt.Sprintf("%s took longer than it may (%s)", step, timeout.TimeoutType())
}
