package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.uber.org/zap"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// session is a connection to the Temporal server.
type session struct {
	client.Client
	jobs      *temporalx.Jobs
	namespace string
}

func (a *App) dial(ctx context.Context) (*session, error) {
	// The SDK's own log would be mixed into the result.
	options, err := temporalx.ClientOptions(zap.NewNop(), nil)
	if err != nil {
		return nil, err
	}
	c, err := temporalx.Dial(ctx, options)
	if err != nil {
		return nil, err
	}
	return &session{Client: c, jobs: temporalx.NewJobs(c, options.Namespace), namespace: options.Namespace}, nil
}

// newJob is a job to be started.
type newJob struct {
	id       string
	kind     string
	instance string
	// point is the recovery point that a person has named, if any.
	point   string
	summary string
	input   jobs.Input
}

// uniqueTime returns the end of the ID of a job that a person starts: the time,
// and random characters that distinguish the job from others of the same
// second.
func uniqueTime() string {
	return time.Now().UTC().Format("20060102T150405Z") + "-" + strings.ToLower(rand.Text()[:6])
}

func (s *session) start(ctx context.Context, job newJob, owner temporalx.Owner) (client.WorkflowRun, error) {
	attributes := []temporal.SearchAttributeUpdate{temporalx.KeyOperation.ValueSet(job.kind)}
	if job.instance != "" {
		attributes = append(attributes, temporalx.KeyInstance.ValueSet(job.instance))
	}
	run, err := s.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                                       job.id,
		TaskQueue:                                jobs.TaskQueue,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		TypedSearchAttributes:                    temporal.NewSearchAttributes(attributes...),
		StaticSummary:                            job.summary,
		StaticDetails:                            "Started by `pgvault`.",
		Memo:                                     owner.Memo(),
	}, job.kind, job.input)
	return run, startError(job, err)
}

func startError(job newJob, err error) error {
	var running *serviceerror.WorkflowExecutionAlreadyStarted
	var invalid *serviceerror.InvalidArgument
	switch {
	case err == nil:
		return nil
	case errors.As(err, &running):
		return failure.New(failure.MaxConcurrentOperations, "run the command again", "there is a job %s already", job.id)
	case errors.As(err, &invalid) && strings.Contains(err.Error(), "earch attribute"):
		return failure.Wrap(err, failure.InvalidConfiguration, "run `pgvault apply`, which registers them", "this Temporal namespace lacks pgvault's search attributes")
	}
	return temporalx.RequestError("start job "+job.id, err)
}

// worked reports whether a worker has polled for jobs in the last minutes. It
// is only for a note, so it returns true on an error.
func (s *session) worked(ctx context.Context) bool {
	queue, err := s.DescribeTaskQueue(ctx, jobs.TaskQueue, enumspb.TASK_QUEUE_TYPE_WORKFLOW)
	return err != nil || len(queue.GetPollers()) > 0
}

// begin starts a job and prints its ID.
func (a *App) begin(ctx context.Context, s *session, job newJob) (client.WorkflowRun, error) {
	if err := job.input.Check(); err != nil {
		return nil, &refusedError{err}
	}
	owner, err := a.jobsVault(ctx, s)
	if err != nil {
		return nil, err
	}
	if err := a.checkKnown(ctx, "", job.instance, job.point); err != nil {
		return nil, err
	}
	run, err := s.start(ctx, job, owner)
	if err != nil {
		return nil, err
	}
	if !s.worked(ctx) {
		a.note("Note: no worker has been seen lately; the job waits until a pgvault-worker runs.")
	}
	return run, nil
}
