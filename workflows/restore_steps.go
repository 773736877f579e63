package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
)

// restoreRoles creates the recorded roles on a server.
func restoreRoles(ctx workflow.Context, c *card, work activities.RestoreWork, server string) (activities.RestoredRoles, error) {
	var restore *activities.Restore
	return step(shortActivity(ctx, "Restore roles on "+server), c, stepRoles, restore.RestoreRoles, work,
		func(r activities.RestoredRoles) string { return fmt.Sprintf("%d statements", r.Statements) })
}

// checkTarget checks the target of a restore, and notes who has done so for the
// job's record.
func (j *job) checkTarget(ctx workflow.Context, c *card, work activities.RestoreWork) error {
	var restore *activities.Restore
	checked, err := step(shortActivity(ctx, "Check "+where(work.Target)), c, stepTarget, restore.CheckTarget, work, noNote[activities.SignedIn])
	if err == nil {
		j.work.Worker, j.work.SignIn = checked.By, checked.SignIn
	}
	return err
}

// loadDatabase restores a dump into a database that only the job uses, and notes
// what it has done for the job's record.
func (j *job) loadDatabase(ctx workflow.Context, c *card, work activities.RestoreWork, summary string) (activities.RestoredDatabase, error) {
	var restore *activities.Restore
	restored, err := step(transferActivity(ctx, summary), c, stepRestore, restore.RestoreDatabase, work,
		func(r activities.RestoredDatabase) string { return fmt.Sprintf("%d harmless errors", len(r.Ignored)) })
	if err == nil {
		j.work.Worker, j.work.SignIn, j.work.Rows, j.work.Bytes = restored.By, restored.SignIn, restored.Rows, restored.Bytes
	}
	return restored, err
}
