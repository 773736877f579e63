package vault

import "context"

// JobRuns reports whether a job runs, by its workflow ID.
type JobRuns func(ctx context.Context, job string) (bool, error)

// Running returns the jobs that run, of those given.
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

// Pruner is a vault with the operations that must give way to jobs that run:
// those that delete points or copies, or move dumps out of reach.
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

// unlessAny returns the error if one of the jobs runs.
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
