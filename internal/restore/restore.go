package restore

import (
	"context"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/restore/rights"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/signin"
)

// maintenanceDatabase is the database to connect to for creating another. Every
// PostgreSQL server has it unless it was dropped.
const maintenanceDatabase = "postgres"

// Job is one restore.
type Job struct {
	// Account is the target. Its database is the name to publish under.
	Account signin.Account
	// Unpublished is the name of the database until it is published, which only
	// this job uses.
	Unpublished string
	// Facts are the recorded properties of the database.
	Facts postgres.DatabaseFacts
	// SourceMajor and ToolMajor are the major versions of the dumped server and
	// of its pg_dump.
	SourceMajor, ToolMajor int
	// Owners and Grants report whether to restore owners and grants.
	Owners, Grants bool
	// Roles reports whether to create roles too.
	Roles bool
	// Connections is the number of connections that load data; 0 means
	// [DefaultConnections].
	Connections int
	// KeepFailed reports whether to restore as much as possible and keep a
	// partial result.
	KeepFailed bool
	// Statistics reports whether to restore the planner's statistics, if the
	// dump has them.
	Statistics bool
	// Fingerprints are those with which rows alone are compared before they are
	// committed; nil for none.
	Fingerprints *Fingerprints
	// Wanted selects the objects to restore. Rows alone are loaded into the
	// existing database with the account's name.
	Wanted selection.Request
	// Into asks for a restore of the selection into the account's existing
	// database; nil for a database of its own.
	Into *Into
}

// rowsOnly reports whether only rows are restored, and no database is created.
func (j Job) rowsOnly() bool { return j.Wanted.Content == selection.DataOnly }

// filled returns the name of the database that is loaded.
func (j Job) filled() string {
	if j.rowsOnly() || j.Into != nil {
		return j.Account.Database
	}
	return j.Unpublished
}

// Restorer holds what a restore needs from the worker.
type Restorer struct {
	Source signin.Source
	Tools  []pgtools.Installation
	// Memory is shared by all jobs of the worker.
	Memory *memory.Budget
	// StallTimeout is the time without any data moved after which an attempt
	// fails; 0 means half an hour.
	StallTimeout time.Duration
	// Patience is the longest outage of the storage that a connection waits
	// out.
	Patience time.Duration
}

// maintenance signs in to the target server, in a database other than the
// job's.
func (r Restorer) maintenance(ctx context.Context, job Job) (*signin.Session, error) {
	account := job.Account
	account.Database = maintenanceDatabase
	return signin.Open(ctx, r.Source, account)
}

// tool returns the pg_restore of the version that wrote the dump, or the next
// newer one.
func (r Restorer) tool(job Job) (pgtools.Installation, error) {
	return pgtools.Choose(r.Tools, job.ToolMajor)
}

// CheckTarget returns the reason why the restore would fail, if it can be found
// before anything is created, and how it signed in. A dump without Open cannot be read
// yet, and the target is checked without it.
func (r Restorer) CheckTarget(ctx context.Context, job Job, dump Dump) (by signin.Reference, err error) {
	if _, err := r.tool(job); err != nil {
		return signin.Reference{}, err
	}
	err = r.withTOC(ctx, job, dump, func(ctx context.Context, toc *archive.TOC, chosen selection.Chosen) (err error) {
		if job.rowsOnly() {
			by, err = r.checkTables(ctx, job, toc, chosen)
			return err
		}
		by, err = r.checkDatabase(ctx, job, toc, chosen)
		return err
	})
	return by, err
}

// withTOC calls do with the dump's table of contents and the chosen entries; with nil
// if the dump cannot be read yet, or need not be.
func (r Restorer) withTOC(ctx context.Context, job Job, dump Dump, do func(context.Context, *archive.TOC, selection.Chosen) error) error {
	if dump.Open == nil || job.Wanted.WholeArchive() && !job.needsEveryRight() {
		return do(ctx, nil, selection.Chosen{})
	}
	return r.Memory.Run(ctx, job.memoryJob(dump, nil), dump.tocMemory(), func(ctx context.Context, share *memory.Share) error {
		toc, chosen, err := dump.choose(ctx, job.Wanted, share)
		if err != nil {
			return err
		}
		return do(ctx, toc, chosen)
	})
}

// checkDatabase returns the reason why a database could not be created and filled.
func (r Restorer) checkDatabase(ctx context.Context, job Job, toc *archive.TOC, chosen selection.Chosen) (signin.Reference, error) {
	session, err := r.maintenance(ctx, job)
	if err != nil {
		return signin.Reference{}, err
	}
	defer session.Close(ctx)
	if err := job.checkServer(ctx, session); err != nil {
		return session.Reference, err
	}
	if !job.needsEveryRight() {
		toc = nil
	}
	report, err := rights.Database(ctx, session.Conn, job.wish(toc, chosen))
	if err != nil {
		return session.Reference, err
	}
	if err := report.Err(); err != nil {
		return session.Reference, err
	}
	return session.Reference, r.checkName(ctx, session, job)
}

// checkServer returns an error if the server is older than the dump's.
func (j Job) checkServer(ctx context.Context, session *signin.Session) error {
	server, err := postgres.ReadServer(ctx, session.Conn)
	if err != nil {
		return postgres.Classify(err, session.Target)
	}
	if server.Major < j.SourceMajor {
		return failure.New(failure.RestoreToLowerVersion,
			fmt.Sprintf("restore to a server of version %d or higher", j.SourceMajor),
			"server %s has version %d, and the backup was taken from version %d", j.Account.Server.Host, server.Major, j.SourceMajor)
	}
	return j.fits(server.Major)
}

// checkName returns an error if a database has the name to publish under. A job that
// keeps its own name may find the database of an earlier attempt.
func (r Restorer) checkName(ctx context.Context, session *signin.Session, job Job) error {
	if job.Account.Database == job.Unpublished {
		return nil
	}
	_, taken, err := postgres.DatabaseOID(ctx, session.Conn, job.Account.Database)
	if err != nil {
		return postgres.Classify(err, session.Target)
	}
	if taken {
		return failure.New(failure.DatabaseNameAlreadyInUse,
			"restore under another name, or rename or drop the database that has it",
			"database %q exists on server %s", job.Account.Database, job.Account.Server.Host)
	}
	return nil
}
