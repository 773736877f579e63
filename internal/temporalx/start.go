package temporalx

import (
	"context"

	"go.temporal.io/sdk/client"
)

// Start is the server's record of the start of a workflow. Only Identity is a
// claim of the client.
type Start struct {
	// OriginalRun is the run ID that resets keep.
	OriginalRun string
	// ParentID and ParentRun identify the parent workflow; empty if there is
	// none.
	ParentID, ParentRun string
	Identity            string
}

// ReadStart returns the start of a run of a workflow, or the zero value if its
// history does not exist yet.
func ReadStart(ctx context.Context, c client.Client, id, run string) (Start, error) {
	events := c.GetWorkflowHistory(ctx, id, run, false, 0)
	if !events.HasNext() {
		return Start{}, nil
	}
	first, err := events.Next()
	if err != nil {
		return Start{}, RequestError("read how job "+id+" began", err)
	}
	began := first.GetWorkflowExecutionStartedEventAttributes()
	parent := began.GetParentWorkflowExecution()
	return Start{
		OriginalRun: began.GetOriginalExecutionRunId(), ParentID: parent.GetWorkflowId(), ParentRun: parent.GetRunId(),
		Identity: began.GetIdentity(),
	}, nil
}
