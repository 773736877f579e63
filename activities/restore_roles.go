package activities

import "context"

// RestoreRoles creates the recorded roles and keeps existing ones. On a scratch server
// the signed-in role joins them.
func (r *Restore) RestoreRoles(ctx context.Context, work RestoreWork) (RestoredRoles, error) {
	ctx, stop := beatPhase(ctx, "restoring roles")
	defer stop()
	job, m, err := r.job(ctx, work)
	if err != nil {
		return RestoredRoles{}, err
	}
	sql, err := r.Vault.ReadRoles(ctx, m)
	if err != nil {
		return RestoredRoles{}, endCause(ctx, err)
	}
	restorer := r.restorer(ctx)
	statements, ignored, err := restorer.Roles(ctx, job, sql)
	if err == nil && work.Drill != nil {
		err = restorer.JoinRoles(ctx, job, sql)
	}
	return RestoredRoles{Statements: statements, Ignored: ignored}, endCause(ctx, job.DiskFull(err))
}
