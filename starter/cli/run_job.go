package cli

import (
	"context"

	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/starter/cli/document"
)

// runJob starts a job and prints its ID. If wait is set, it waits for the job and shows
// the result, of which it makes a document.
func runJob[R, D any](ctx context.Context, a *App, job newJob, wait bool, of func(R) D, show func(R)) error {
	return followJob(ctx, a, job, wait, func(r R) (D, func() error, error) {
		return of(r), func() error { show(r); return nil }, nil
	})
}

// followJob is like runJob. finish returns the document of a result, and a function that
// shows the result.
func followJob[R, D any](ctx context.Context, a *App, job newJob, wait bool, finish func(R) (D, func() error, error)) error {
	s, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	run, err := a.begin(ctx, s, job)
	if err != nil {
		return err
	}
	answer := &document.JobOf[D]{Job: startedJob(run, job.kind, job.instance)}
	if err := a.answers(answer, func() error { a.print("%s", run.GetID()); return nil }); err != nil || !wait {
		return err
	}
	result, err := resultOf[R](ctx, a, s, run)
	answer.Job.State = endState(err)
	if err != nil {
		return err
	}
	d, show, err := finish(result)
	if err != nil {
		return err
	}
	answer.Result = &d
	return a.answers(answer, show)
}

func startedJob(run client.WorkflowRun, workflow, instance string) document.Job {
	return document.Job{
		ID: run.GetID(), RunID: run.GetRunID(), Type: document.TypeOf(workflow), Instance: instance, State: document.Running,
	}
}

// resultOf waits for a job and returns its result.
func resultOf[R any](ctx context.Context, a *App, s *session, run client.WorkflowRun) (result R, err error) {
	if a.form != table {
		a.note("%s", run.GetID())
	}
	err = a.wait(ctx, s, run, &result)
	return result, err
}
