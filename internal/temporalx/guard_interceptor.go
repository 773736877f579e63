package temporalx

import (
	"context"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/internal/jobs"
)

// headerVaultID is the header with the job's vault in its activities, in its
// child workflows and in runs continued as new.
const headerVaultID = "pgvault-vault"

// guardInterceptor passes a job's vault to its activities and lets the guard
// check each activity before it starts.
type guardInterceptor struct {
	interceptor.WorkerInterceptorBase
	guard *Guard
}

// NewGuardInterceptor returns the interceptor of a worker with a guard. It must
// be inside [NewErrorInterceptor], which converts the guard's errors.
func NewGuardInterceptor(g *Guard) interceptor.WorkerInterceptor { return &guardInterceptor{guard: g} }

// InterceptActivity adds the check to an activity.
func (i *guardInterceptor) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &guardedActivity{interceptor.ActivityInboundInterceptorBase{Next: next}, i.guard}
}

type guardedActivity struct {
	interceptor.ActivityInboundInterceptorBase
	guard *Guard
}

// ExecuteActivity executes an activity of the worker's own vault.
func (a *guardedActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	admit := a.guard.admit
	if activity.GetInfo(ctx).ActivityType.Name == jobs.StepDeliver {
		admit = a.guard.admitBlind
	}
	if err := admit(ctx, memoText(interceptor.Header(ctx)[headerVaultID])); err != nil {
		return nil, err
	}
	return a.Next.ExecuteActivity(ctx, in)
}

// InterceptWorkflow adds the header to what the workflow starts.
func (*guardInterceptor) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &vaultJob{WorkflowInboundInterceptorBase: interceptor.WorkflowInboundInterceptorBase{Next: next}}
}

// vaultJob is a run of a workflow. vault is nil for a job without one.
type vaultJob struct {
	interceptor.WorkflowInboundInterceptorBase
	vault *commonpb.Payload
}

// Init wraps the workflow's outbound calls.
func (j *vaultJob) Init(outbound interceptor.WorkflowOutboundInterceptor) error {
	return j.Next.Init(&vaultSteps{interceptor.WorkflowOutboundInterceptorBase{Next: outbound}, j})
}

// ExecuteWorkflow reads the job's vault from its memo, or from the header set
// by its parent or the previous run.
func (j *vaultJob) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	j.vault = workflow.GetInfo(ctx).Memo.GetFields()[memoVaultID]
	if j.vault == nil {
		j.vault = interceptor.WorkflowHeader(ctx)[headerVaultID]
	}
	return j.Next.ExecuteWorkflow(ctx, in)
}

type vaultSteps struct {
	interceptor.WorkflowOutboundInterceptorBase
	job *vaultJob
}

func (s *vaultSteps) mark(ctx workflow.Context) {
	if s.job.vault != nil {
		interceptor.WorkflowHeader(ctx)[headerVaultID] = s.job.vault
	}
}

// ExecuteActivity sets the header of an activity.
func (s *vaultSteps) ExecuteActivity(ctx workflow.Context, activityType string, args ...any) workflow.Future {
	s.mark(ctx)
	return s.Next.ExecuteActivity(ctx, activityType, args...)
}

// ExecuteChildWorkflow sets the header of a child workflow.
func (s *vaultSteps) ExecuteChildWorkflow(ctx workflow.Context, childType string, args ...any) workflow.ChildWorkflowFuture {
	s.mark(ctx)
	return s.Next.ExecuteChildWorkflow(ctx, childType, args...)
}

// NewContinueAsNewError sets the header of the next run.
func (s *vaultSteps) NewContinueAsNewError(ctx workflow.Context, wfn any, args ...any) error {
	s.mark(ctx)
	return s.Next.NewContinueAsNewError(ctx, wfn, args...)
}

// VaultOf returns the ID of the vault in the job's memo; "" if it has none, since a
// person started it by hand.
func VaultOf(ctx workflow.Context) string {
	return memoText(workflow.GetInfo(ctx).Memo.GetFields()[memoVaultID])
}
