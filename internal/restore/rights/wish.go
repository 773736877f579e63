package rights

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/restore/selection"
)

// Wish is a restore as far as it needs rights.
type Wish struct {
	// Server is the target's host.
	Server string
	// TOC is the dump's table of contents; nil if it cannot be read yet. Rights that
	// depend on it are then not checked.
	TOC *archive.TOC
	// Chosen are the entries to restore.
	Chosen selection.Chosen
	// Owner is the recorded owner of the database; "" for none.
	Owner string
	// Owners and Grants report whether to restore owners and grants.
	Owners, Grants bool
	// Roles reports whether the restore creates the recorded roles first.
	Roles bool
	// Compared reports whether the rows are read back.
	Compared bool
}

// check is a check in progress.
type check struct {
	Wish
	conn   *pgx.Conn
	report Report
	major  int
	self   role
	// login is the role that signs in; self may be another, which is set for it.
	login string
	// managed reports whether the server is a service's, whose administrators may do
	// more than other roles without being superusers.
	managed bool
	// acting are the OIDs of the role and of the roles that it is to join.
	acting []uint32
}

// role is a role of the server.
type role struct {
	name                          string
	oid                           uint32
	super, inherits               bool
	createDB, createRole, allRows bool
}

// begin reads the role of the session.
func begin(ctx context.Context, conn *pgx.Conn, w Wish) (*check, error) {
	c := &check{Wish: w, conn: conn}
	server, err := postgres.ReadServer(ctx, conn)
	if err != nil {
		return nil, err
	}
	c.major = server.Major
	err = conn.QueryRow(ctx, `SELECT r.rolname, r.oid, r.rolsuper, r.rolinherit, r.rolcreatedb OR r.rolsuper, r.rolcreaterole OR r.rolsuper, r.rolbypassrls OR r.rolsuper,
			session_user::text, current_database()::text, EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname IN ('azure_pg_admin', 'rds_superuser', 'cloudsqlsuperuser'))
		FROM pg_catalog.pg_roles r WHERE r.rolname = current_user`).
		Scan(&c.self.name, &c.self.oid, &c.self.super, &c.self.inherits, &c.self.createDB, &c.self.createRole, &c.self.allRows, &c.login, &c.report.Database, &c.managed)
	if err != nil {
		return nil, c.failed(ctx, "read the rights of the signed-in role", err)
	}
	c.report.Role, c.report.Server, c.report.runner = c.self.name, w.Server, "a superuser, or as the owner of the objects"
	c.acting = []uint32{c.self.oid}
	return c, nil
}

func (c *check) lacks(l Lack) { c.report.Lacks = append(c.report.Lacks, l) }

// name returns the role's name in SQL.
func (c *check) name() string { return postgres.QuoteIdent(c.self.name) }

// failed returns the error of a query.
func (c *check) failed(ctx context.Context, doing string, err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	config := c.conn.Config()
	target := postgres.Target{Host: config.Host, Port: int(config.Port), Database: config.Database, User: config.User}
	return fmt.Errorf("%s: %w", doing, postgres.Ended(ctx, postgres.Classify(err, target)))
}

// each calls do for each row of a query, whose columns are scanned into to.
func (c *check) each(ctx context.Context, doing, sql string, args []any, to []any, do func()) error {
	rows, err := c.conn.Query(ctx, sql, args...)
	if err == nil {
		_, err = pgx.ForEachRow(rows, to, func() error { do(); return nil })
	}
	if err != nil {
		return c.failed(ctx, doing, err)
	}
	return nil
}
