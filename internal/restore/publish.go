package restore

import (
	"context"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
)

// Publish sets the owner, grants, settings and comment of the loaded database,
// which pg_restore does not restore under another name, and renames it. It is
// idempotent: a database that is already renamed is recognized by its OID.
func (r Restorer) Publish(ctx context.Context, job Job, oid uint32) (ignored []string, err error) {
	session, err := r.maintenance(ctx, job)
	if err != nil {
		return nil, err
	}
	defer session.Close(ctx)
	name, err := postgres.DatabaseName(ctx, session.Conn, oid)
	if err != nil {
		return nil, postgres.Classify(err, session.Target)
	}
	if name != job.Unpublished && name != job.Account.Database {
		return nil, failure.New(failure.RestoreStatement, "restore again", "the restored database %q is no longer there", job.Unpublished)
	}
	if name == job.Unpublished {
		if err := postgres.TakeDatabase(ctx, session.Conn, name); err != nil {
			return nil, postgres.Classify(err, session.Target)
		}
	}
	ignored, err = postgres.ApplyDatabaseFacts(ctx, session.Conn, name, job.Facts, postgres.ApplyOptions{Owner: job.Owners, ACL: job.Grants})
	if err != nil {
		return nil, postgres.Classify(err, session.Target)
	}
	unloadable, err := r.withoutUnloadable(ctx, session, job, name)
	if err != nil {
		return nil, err
	}
	ignored = append(ignored, unloadable...)
	if name == job.Account.Database {
		return ignored, nil
	}
	if err := r.checkName(ctx, session, job); err != nil {
		return nil, err
	}
	if err := postgres.RenameDatabase(ctx, session.Conn, job.Unpublished, job.Account.Database); err != nil {
		return nil, postgres.Classify(err, session.Target)
	}
	return ignored, nil
}

// Drop drops the unpublished database. It is idempotent. It does nothing for a
// restore of rows alone, whose database existed before.
func (r Restorer) Drop(ctx context.Context, job Job) error {
	if job.rowsOnly() {
		return nil
	}
	session, err := r.maintenance(ctx, job)
	if err != nil {
		return err
	}
	defer session.Close(ctx)
	if err := postgres.DropDatabase(ctx, session.Conn, job.Unpublished); err != nil {
		return postgres.Classify(err, session.Target)
	}
	return nil
}

// Discard drops the unpublished database if it has the given OID. Another
// attempt's database has another.
func (r Restorer) Discard(ctx context.Context, job Job, oid uint32) error {
	session, err := r.maintenance(ctx, job)
	if err != nil {
		return err
	}
	defer session.Close(ctx)
	there, found, err := postgres.DatabaseOID(ctx, session.Conn, job.Unpublished)
	if err != nil || !found || there != oid {
		return err
	}
	if err := postgres.DropDatabase(ctx, session.Conn, job.Unpublished); err != nil {
		return postgres.Classify(err, session.Target)
	}
	return nil
}
