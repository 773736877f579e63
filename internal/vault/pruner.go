package vault

import "context"

// JobRuns reports whether the job with a workflow ID is running.
type JobRuns func(ctx context.Context, job string) (bool, error)

// Running returns those of the given jobs that are running.
func (r JobRuns) Running(ctx context.Context, jobs []string) (running []string, err error) {
	for _, job := range jobs {
		yes, err := r(ctx, job)
		if err != nil {
			return running, err
		}
		if yes {
			running = append(running, job)
		}
	}
	return running, nil
}

// Pruner is a vault with the operations that must give way to running jobs:
// deleting points and copies, and archiving dumps.
type Pruner struct {
	*Vault
	JobRuns JobRuns
}

// Pruner returns the vault as a Pruner.
func (v *Vault) Pruner(runs JobRuns) Pruner { return Pruner{v, runs} }

// held returns [ErrHeld] if a running job holds the point.
func (v Pruner) held(ctx context.Context, p Point) error {
	return v.unlessAny(ctx, p.Holds, ErrHeld)
}

// unlessAny returns the error if any of the jobs is running.
func (v Pruner) unlessAny(ctx context.Context, jobs []string, running error) error {
	for _, job := range jobs {
		if yes, err := v.JobRuns(ctx, job); err != nil {
			return err
		} else if yes {
			return running
		}
	}
	return nil
}
