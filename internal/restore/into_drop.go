package restore

import (
	"context"
	"fmt"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/postgres"
)

// The comments of a job's schemas.
const (
	loadingComment = "Tables that pgvault restores. It drops the schema when their job ends."
	// movedComment marks the schemas of an attempt whose tables are in place.
	movedComment = "Tables that pgvault restored are in place. It drops the schema when their job ends."
)

// DropInto drops the schemas of the job and the database of its definitions. It is
// idempotent, and touches no table that was moved to its place.
func (r Restorer) DropInto(ctx context.Context, job Job) error {
	if err := r.dropRescue(ctx, job); err != nil {
		return err
	}
	return r.Drop(ctx, job.definitions())
}

// dropRescue drops all schemas of a job. It ends the role's own sessions that use
// their tables: they are those of an attempt that was given up.
func (r Restorer) dropRescue(ctx context.Context, job Job) error {
	session, err := r.openInto(ctx, job, &archive.TOC{})
	if err != nil {
		return err
	}
	defer session.Close(ctx)
	pattern := postgres.QuoteLiteral("^" + RescueSchemas(job.Unpublished) + "[0-9]+_[0-9]+$")
	names, err := session.texts(ctx, "look for schemas of the job", "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname OPERATOR(pg_catalog.~) "+pattern)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := session.run(ctx, "end the sessions of an earlier attempt", fmt.Sprintf(`SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
			WHERE usename OPERATOR(pg_catalog.=) session_user AND pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid() AND pid IN (
				SELECT l.pid FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) l.relation
				WHERE l.database OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) current_database())
				AND relnamespace OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname OPERATOR(pg_catalog.=) '%s'))`, name)); err != nil {
			return err
		}
		if err := session.run(ctx, "drop a schema of the job", "DROP SCHEMA IF EXISTS "+name+" CASCADE"); err != nil {
			return err
		}
	}
	return nil
}
