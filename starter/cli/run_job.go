package cli

import (
	"context"

	"go.temporal.io/sdk/client"
)

// runJob starts a job and prints its ID. If wait is set, it waits for the job
// and shows the result.
func runJob[R any](ctx context.Context, a *App, job newJob, wait bool, show func(R)) error {
	s, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	run, err := a.begin(ctx, s, job)
	if err != nil {
		return err
	}
	a.print("%s", run.GetID())
	if !wait {
		return nil
	}
	result, err := resultOf[R](ctx, a, s, run)
	if err != nil {
		return err
	}
	show(result)
	return nil
}

// resultOf waits for a job and returns its result.
func resultOf[R any](ctx context.Context, a *App, s *session, run client.WorkflowRun) (result R, err error) {
	err = a.wait(ctx, s, run, &result)
	return result, err
}
