package activities

import (
	"context"

	"github.com/pgvault/pgvault/internal/vault"
)

// Jobs keeps the records of jobs.
type Jobs struct {
	Vault *vault.Vault
}

// RecordJob writes a job's outcome into the vault. A second attempt writes the same again.
func (j *Jobs) RecordJob(ctx context.Context, o JobOutcome) error {
	ctx, stop := beatPhase(ctx, "recording the outcome")
	defer stop()
	return because(ctx, j.Vault.PutJob(ctx, vault.JobRecord{
		ID: o.Job.ID, RunID: o.Job.RunID, Operation: o.Operation, Instance: o.Instance, Point: o.Point,
		Started: o.Started, Ended: o.Ended, Outcome: o.Outcome, Code: o.Code, Message: o.Message,
		Trigger: o.Trigger.Kind, Identity: o.Trigger.Identity, Reason: o.Reason, Leftovers: o.Leftovers,
	}))
}
