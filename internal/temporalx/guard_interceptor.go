package temporalx

import (
	"context"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"
)

// headerVaultID names the job's vault in the header of each of its steps, of the
// child that does its work, and of the run that goes on with it.
const headerVaultID = "pgvault-vault"

// guardInterceptor hands the vault of a job on to its steps, and has the guard
// check each step before it touches anything.
type guardInterceptor struct {
	interceptor.WorkerInterceptorBase
	guard *Guard
}

// NewGuardInterceptor returns the interceptor of a worker that the guard keeps.
// It stands within [NewErrorInterceptor], which maps what the guard returns.
func NewGuardInterceptor(g *Guard) interceptor.WorkerInterceptor { return &guardInterceptor{guard: g} }

// InterceptActivity puts the check before every activity.
func (i *guardInterceptor) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &guardedActivity{interceptor.ActivityInboundInterceptorBase{Next: next}, i.guard}
}

type guardedActivity struct {
	interceptor.ActivityInboundInterceptorBase
	guard *Guard
}

// ExecuteActivity does a step of the worker's own vault.
func (a *guardedActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	if err := a.guard.admit(ctx, memoText(interceptor.Header(ctx)[headerVaultID])); err != nil {
		return nil, err
	}
	return a.Next.ExecuteActivity(ctx, in)
}

// InterceptWorkflow hands the job's vault on.
func (*guardInterceptor) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &vaultJob{WorkflowInboundInterceptorBase: interceptor.WorkflowInboundInterceptorBase{Next: next}}
}

// vaultJob is one run of a workflow. vault is nil for a job that does not say.
type vaultJob struct {
	interceptor.WorkflowInboundInterceptorBase
	vault *commonpb.Payload
}

// Init stands before what the workflow asks for.
func (j *vaultJob) Init(outbound interceptor.WorkflowOutboundInterceptor) error {
	return j.Next.Init(&vaultSteps{interceptor.WorkflowOutboundInterceptorBase{Next: outbound}, j})
}

// ExecuteWorkflow reads the job's vault from its memo, or from what its parent
// or the run before handed on.
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

// ExecuteActivity marks a step.
func (s *vaultSteps) ExecuteActivity(ctx workflow.Context, activityType string, args ...any) workflow.Future {
	s.mark(ctx)
	return s.Next.ExecuteActivity(ctx, activityType, args...)
}

// ExecuteChildWorkflow marks a child.
func (s *vaultSteps) ExecuteChildWorkflow(ctx workflow.Context, childType string, args ...any) workflow.ChildWorkflowFuture {
	s.mark(ctx)
	return s.Next.ExecuteChildWorkflow(ctx, childType, args...)
}

// NewContinueAsNewError marks the run that goes on.
func (s *vaultSteps) NewContinueAsNewError(ctx workflow.Context, wfn any, args ...any) error {
	s.mark(ctx)
	return s.Next.NewContinueAsNewError(ctx, wfn, args...)
}
