package temporalx

import (
	"context"
	"errors"
	"fmt"
	"io"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"
	"go.uber.org/zap"

	"github.com/pgvault/pgvault/internal/failure"
)

// History returns the whole history of a run; an empty run ID means the newest
// run.
func (j *Jobs) History(ctx context.Context, workflowID, runID string) (*historypb.History, error) {
	var history historypb.History
	events := j.client.GetWorkflowHistory(ctx, workflowID, runID, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return nil, jobError(workflowID, err)
		}
		history.Events = append(history.Events, event)
	}
	return &history, nil
}

// WriteHistory writes a history in the format of Temporal's UI and command.
func WriteHistory(w io.Writer, history *historypb.History) error {
	text, err := temporalproto.CustomJSONMarshalOptions{Indent: "  "}.Marshal(history)
	if err != nil {
		return fmt.Errorf("encode the history: %w", err)
	}
	if _, err := w.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	return nil
}

// ReadHistory reads a history written by WriteHistory, Temporal's UI or its
// command.
func ReadHistory(r io.Reader) (*historypb.History, error) {
	history, err := client.HistoryFromJSON(r, client.HistoryJSONOptions{})
	if err != nil {
		return nil, failure.Wrap(err, failure.InvalidInput, "download it from Temporal's UI, or by `temporal workflow show --output json -w WORKFLOW-ID`", "this is not a job's history")
	}
	return history, nil
}

// Replay replays a history with this program's workflows. Its error says where
// they differ from the history.
func Replay(logger *zap.Logger, register func(worker.WorkflowRegistry), history *historypb.History) error {
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{
		Interceptors: []interceptor.WorkerInterceptor{NewGuardInterceptor(nil)},
	})
	if err != nil {
		return fmt.Errorf("make the replayer: %w", err)
	}
	register(replayer)
	if err := replayer.ReplayWorkflowHistory(NewLogger(logger), history); err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	return nil
}

// jobError returns the error of a request about a job. It names a job that the
// server does not know.
func jobError(workflowID string, err error) error {
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return failure.New(failure.InvalidInput, "`pgvault jobs` lists the jobs that there are", "Temporal has no job %s", workflowID)
	}
	return RequestError("read job "+workflowID, err)
}
