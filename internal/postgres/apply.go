package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgvault/pgvault/internal/failure"
)

// ApplyOptions says what of a database's facts to apply. Settings, comment and
// connection limit always are.
type ApplyOptions struct {
	Owner bool
	ACL   bool
}

// ApplyDatabaseFacts sets the properties of the source on a restored database. What the
// target cannot have (a role that it lacks, a setting that it does not know or
// keeps to itself) is left out and named in the result.
func ApplyDatabaseFacts(ctx context.Context, conn *pgx.Conn, name string, f DatabaseFacts, o ApplyOptions) ([]string, error) {
	a := applier{conn: conn, name: name, facts: f}
	defer func() { a.leave(ctx) }()
	steps := []func(context.Context) error{a.inside, a.comment, a.limits, a.settings}
	if o.ACL && !f.ACLIsDefault {
		steps = append(steps, func(ctx context.Context) error { return a.acl(ctx, o.Owner) })
	}
	if o.Owner && f.Owner != "" {
		// Last: a user that is no superuser has no more say once it is not the
		// owner. Changing the owner carries the privileges over.
		steps = append(steps, a.owner)
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return a.skipped, fmt.Errorf("give database %q its properties: %w", name, Ended(ctx, Classify(err, connTarget(conn))))
		}
	}
	return a.skipped, nil
}

type applier struct {
	conn    *pgx.Conn
	name    string
	facts   DatabaseFacts
	skipped []string
	// raw is a session in the database, nil where none is needed.
	raw *pgx.Conn
}

func (a *applier) skip(format string, args ...any) {
	a.skipped = append(a.skipped, fmt.Sprintf(format, args...))
}

func (a *applier) exec(ctx context.Context, sql string) error {
	conn, sql := a.session(sql)
	_, err := conn.Exec(ctx, sql)
	return err
}

func (a *applier) comment(ctx context.Context) error {
	if a.facts.Comment == "" {
		return nil
	}
	err := a.exec(ctx, fmt.Sprintf("COMMENT ON DATABASE %s IS %s", QuoteIdent(a.name), QuoteLiteral(a.facts.Comment)))
	if why, refused := Refusal(err); refused {
		a.skip("comment on the database: %s", why)
		return nil
	}
	return err
}

func (a *applier) limits(ctx context.Context) error {
	if a.facts.Tablespace != "" && a.facts.Tablespace != "pg_default" {
		a.skip("tablespace %q: the database is in the target's default tablespace", a.facts.Tablespace)
	}
	if a.facts.ConnectionLimit >= 0 {
		if err := a.exec(ctx, fmt.Sprintf("ALTER DATABASE %s CONNECTION LIMIT %d", QuoteIdent(a.name), a.facts.ConnectionLimit)); err != nil {
			return err
		}
	}
	if a.facts.IsTemplate {
		return a.exec(ctx, fmt.Sprintf("ALTER DATABASE %s IS_TEMPLATE true", QuoteIdent(a.name)))
	}
	return nil
}

func (a *applier) owner(ctx context.Context) error {
	exists, err := a.roleExists(ctx, a.facts.Owner)
	if err != nil {
		return err
	}
	if !exists {
		a.skip("owner %q: the role does not exist on the target, so the restore's user owns the database", a.facts.Owner)
		return nil
	}
	err = a.exec(ctx, fmt.Sprintf("ALTER DATABASE %s OWNER TO %s", QuoteIdent(a.name), QuoteIdent(a.facts.Owner)))
	if sqlState(err) == "42501" {
		user := currentUser(ctx, a.conn)
		return failure.Wrap(err, failure.MissingRestorePermissions, fmt.Sprintf("GRANT %s TO %s;", QuoteIdent(a.facts.Owner), QuoteIdent(user)),
			"user %q may not give the database to its owner %q", user, a.facts.Owner)
	}
	return err
}

func (a *applier) roleExists(ctx context.Context, name string) (bool, error) {
	var exists bool
	conn, name := a.session(name)
	err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)`, name).Scan(&exists)
	if _, refused := Refusal(err); refused {
		return false, nil // it is no name there
	}
	return exists, err
}

// sqlState is "" for errors that are no answer of the server.
func sqlState(err error) string {
	var answer *pgconn.PgError
	if errors.As(err, &answer) {
		return answer.Code
	}
	return ""
}

func answerText(err error) string {
	var answer *pgconn.PgError
	if errors.As(err, &answer) {
		return answer.Message
	}
	return err.Error()
}
