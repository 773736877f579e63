package restore

import (
	"context"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/signin"
)

// maintenanceDatabase is where one signs in to make another database. Every
// PostgreSQL server has it unless somebody dropped it.
const maintenanceDatabase = "postgres"

// Job is one restore.
type Job struct {
	// Account is the target. Its database is the name to publish under.
	Account signin.Account
	// Unpublished is the job's own name for the database until then.
	Unpublished string
	// Facts are what was recorded of the database itself.
	Facts postgres.DatabaseFacts
	// SourceMajor and ToolMajor are the versions of the server that was dumped
	// and of the pg_dump that did it.
	SourceMajor, ToolMajor int
	// Owners and Grants tell whether to keep what was recorded.
	Owners, Grants bool
	// Roles reports whether roles are to be made too.
	Roles bool
	// Connections is how many load data side by side; 0 means [DefaultConnections].
	Connections int
	// KeepFailed asks for all that can be restored, even if some of it cannot.
	KeepFailed bool
	// Statistics asks for the planner's statistics, if the dump has them.
	Statistics bool
	// Wanted is what of the dump to restore. Rows alone go into the database
	// that has the account's name, and must exist.
	Wanted selection.Request
}

// rowsOnly reports whether no database is made.
func (j Job) rowsOnly() bool { return j.Wanted.Content == selection.DataOnly }

// filled is the database that gets the rows.
func (j Job) filled() string {
	if j.rowsOnly() {
		return j.Account.Database
	}
	return j.Unpublished
}

// Restorer is what a restore needs of the worker.
type Restorer struct {
	Source signin.Source
	Tools  []pgtools.Installation
	// StallTimeout ends an attempt whose data has not moved for so long; zero
	// means half an hour.
	StallTimeout time.Duration
	// Patience is how long an outage of the storage may hold rows up.
	Patience time.Duration
}

// maintenance signs in to the target server, but to no database of the job's.
func (r Restorer) maintenance(ctx context.Context, job Job) (*signin.Session, error) {
	account := job.Account
	account.Database = maintenanceDatabase
	return signin.Open(ctx, r.Source, account)
}

// tool chooses pg_restore: of the version that wrote the dump, or the next newer.
func (r Restorer) tool(job Job) (pgtools.Installation, error) {
	return pgtools.Choose(r.Tools, job.ToolMajor)
}

// CheckTarget finds what would make the restore fail, before anything is made.
func (r Restorer) CheckTarget(ctx context.Context, job Job, dump Dump) error {
	if _, err := r.tool(job); err != nil {
		return err
	}
	if job.rowsOnly() {
		return r.checkTables(ctx, job, dump)
	}
	if !job.Wanted.WholeArchive() {
		if _, _, err := dump.choose(ctx, job.Wanted); err != nil {
			return err
		}
	}
	session, err := r.maintenance(ctx, job)
	if err != nil {
		return err
	}
	defer session.Close(ctx)
	if err := job.checkServer(ctx, session); err != nil {
		return err
	}
	rights, err := postgres.ReadRights(ctx, session.Conn)
	if err != nil {
		return postgres.Classify(err, session.Target)
	}
	if err := job.allowed(rights); err != nil {
		return err
	}
	return r.checkName(ctx, session, job)
}

// checkServer refuses a server that is older than the dump's.
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

func (r Restorer) checkName(ctx context.Context, session *signin.Session, job Job) error {
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

// allowed checks the rights that a restore needs of its role.
func (j Job) allowed(rights postgres.Rights) error {
	role := postgres.QuoteIdent(rights.Role)
	if !rights.CreateDatabase {
		return failure.New(failure.MissingRestorePermissions, anotherRole(role, "CREATEDB"),
			"role %s may not create databases on server %s", role, j.Account.Server.Host)
	}
	if j.Roles && !rights.CreateRole {
		return failure.New(failure.MissingRestorePermissions, anotherRole(role, "CREATEROLE"),
			"role %s may not create roles on server %s", role, j.Account.Server.Host)
	}
	return nil
}

// anotherRole says how to restore with the rights it takes. The role of the
// backups is better left without them.
func anotherRole(role, right string) string {
	return fmt.Sprintf("Name by --secret the secret of a role that may, or by --entra-user that role, or: ALTER ROLE %s %s;", role, right)
}
