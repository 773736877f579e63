package restore

import (
	"context"
	"fmt"

	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/signin"
)

// child is one run of pg_restore in the job's database. Each run signs in
// again, since tokens expire during a long restore.
type child struct {
	job     Job
	tool    pgtools.Installation
	env     []string
	options pgtools.RestoreOptions
	files   [][]byte
}

// run runs pg_restore to its end. Failed statements are added to the findings;
// an error means that pg_restore could not continue.
func (l *loading) run(ctx context.Context, c child) error {
	target, _, err := signin.Resolve(ctx, l.Source, c.job.inside())
	if err != nil {
		return err
	}
	if err := l.ready(ctx); err != nil {
		return err
	}
	c.options.Statistics = c.job.Statistics
	c.options.Owner, c.options.ACL = c.job.Owners, c.job.Grants
	var log pgtools.RestoreLog
	process, err := pgtools.Start(ctx, pgtools.Command{
		Path: c.tool.Path(pgtools.Restore), Args: pgtools.RestoreArgs(target.Database, c.options), Target: target,
		Files: c.files, Stderr: &log, ExtraEnv: c.env,
	})
	if err != nil {
		return fmt.Errorf("start pg_restore: %w", err)
	}
	_, waited := process.Wait()
	harmless, harmful, err := log.Outcome(waited)
	l.found.add(harmless, harmful)
	if err != nil {
		return fmt.Errorf("restore into database %q: %w", target.Database, err)
	}
	return nil
}

// inside returns the account for the database that is being loaded.
func (j Job) inside() signin.Account {
	account := j.Account
	account.Database = j.filled()
	return account
}
