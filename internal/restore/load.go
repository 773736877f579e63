package restore

import (
	"context"
	"fmt"
	"io"

	"github.com/pgvault/pgvault/internal/pgtools"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/signin"
)

// Loaded is a database that is whole, but not published yet.
type Loaded struct {
	// OID is what the database keeps when it is renamed.
	OID uint32
	// Ignored are the errors known to be harmless, each with its reason.
	Ignored []string
}

// Load makes the unpublished database from template0 and streams the dump into
// pg_restore. It begins by dropping what an earlier attempt left; an earlier
// attempt that still runs loses its connection by that.
func (r Restorer) Load(ctx context.Context, job Job, dump io.Reader, m *progress.Meter) (Loaded, error) {
	m.Phase("create database")
	oid, err := r.create(ctx, job)
	if err != nil {
		return Loaded{}, err
	}
	m.Phase("restore")
	ignored, err := r.stream(ctx, job, io.TeeReader(dump, counter{m}))
	return Loaded{OID: oid, Ignored: ignored}, err
}

func (r Restorer) create(ctx context.Context, job Job) (uint32, error) {
	session, err := r.maintenance(ctx, job)
	if err != nil {
		return 0, err
	}
	defer session.Close(ctx)
	if err := postgres.DropDatabase(ctx, session.Conn, job.Unpublished); err != nil {
		return 0, postgres.Classify(err, session.Target)
	}
	if err := postgres.CreateDatabase(ctx, session.Conn, job.Unpublished, job.Facts); err != nil {
		return 0, postgres.Classify(err, session.Target)
	}
	if job.Owners {
		if err := postgres.LendDatabase(ctx, session.Conn, job.Unpublished, job.Facts.Owner); err != nil {
			return 0, postgres.Classify(err, session.Target)
		}
	}
	oid, _, err := postgres.DatabaseOID(ctx, session.Conn, job.Unpublished)
	if err != nil {
		return 0, postgres.Classify(err, session.Target)
	}
	return oid, nil
}

// stream runs pg_restore on the dump. It goes on after an error, and the log
// tells the harmless ones from those that fail the job.
func (r Restorer) stream(ctx context.Context, job Job, dump io.Reader) (ignored []string, err error) {
	tool, err := r.tool(job)
	if err != nil {
		return nil, err
	}
	account := job.Account
	account.Database = job.Unpublished
	target, _, err := signin.Resolve(ctx, r.Source, account)
	if err != nil {
		return nil, err
	}
	var log pgtools.RestoreLog
	child, err := pgtools.Start(ctx, pgtools.Command{
		Path: tool.Path(pgtools.Restore), Target: target, Stdin: dump, Stderr: &log,
		Args: pgtools.RestoreArgs(job.Unpublished, pgtools.RestoreOptions{Owner: job.Owners, ACL: job.Grants}),
	})
	if err != nil {
		return nil, fmt.Errorf("start pg_restore: %w", err)
	}
	_, waited := child.Wait()
	harmless, err := log.Verdict(waited)
	if err != nil {
		return nil, fmt.Errorf("restore into database %q: %w", job.Unpublished, err)
	}
	for _, e := range harmless {
		ignored = append(ignored, e.String())
	}
	return ignored, nil
}

// counter counts what passes on its way to pg_restore.
type counter struct{ meter *progress.Meter }

func (c counter) Write(p []byte) (int, error) {
	c.meter.Add(int64(len(p)))
	return len(p), nil
}
