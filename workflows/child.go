package workflows

import (
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/internal/temporalx"
)

// child is a workflow that does the work of a job. Its ID is the same for all work
// of which one piece may run at a time.
type child struct {
	id string
	// operation is the type of the workflow, and of is what it is the work of, such
	// as "a backup".
	operation, of string
	// run is the workflow, and input its input.
	run, input any
}

// startedChild is a child that has started.
type startedChild struct {
	workflow.ChildWorkflowFuture
	workflow.Execution
}

// startChild starts a child, and returns once it has started. The error is a
// [temporal.ChildWorkflowExecutionAlreadyStartedError] if another one has its ID.
func (j *job) startChild(ctx workflow.Context, c child) (started startedChild, err error) {
	started.ChildWorkflowFuture = workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:          c.id,
		WaitForCancellation: true,
		ParentClosePolicy:   enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL,
		StaticSummary:       "Work of " + c.of + " of " + j.instance,
		StaticDetails:       "Started by " + temporalx.MarkdownOfJob(ctx, j.ref.ID, j.ref.RunID) + ".",
		TypedSearchAttributes: temporal.NewSearchAttributes(
			temporalx.KeyInstance.ValueSet(j.instance), temporalx.KeyOperation.ValueSet(c.operation)),
	}), c.run, c.input)
	err = started.GetChildWorkflowExecution().Get(ctx, &started.Execution)
	return started, err
}

// wait links the job's card to the child, and returns once the child has ended.
func (c startedChild) wait(ctx workflow.Context, result any) error {
	workflow.SetCurrentDetails(ctx, "The work is done by "+temporalx.MarkdownOfJob(ctx, c.ID, c.RunID)+".")
	return c.Get(ctx, result)
}
