package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgvault/pgvault/internal/failure"
)

// ApplyOptions selects the facts to apply. Settings, comment and connection
// limit are always applied.
type ApplyOptions struct {
	Owner bool
	ACL   bool
}

// ApplyDatabaseFacts applies the properties of the source to a restored
// database. It skips what the target does not support, such as a missing role
// or an unknown or protected setting, and returns a note on each.
func ApplyDatabaseFacts(ctx context.Context, conn *pgx.Conn, name string, f DatabaseFacts, o ApplyOptions) ([]string, error) {
	a := applier{conn: conn, name: name, facts: f}
	defer func() { a.leave(ctx) }()
	steps := []func(context.Context) error{a.inside, a.comment, a.limits, a.settings}
	if o.ACL && !f.ACLIsDefault {
		steps = append(steps, func(ctx context.Context) error { return a.acl(ctx, o.Owner) })
	}
	if o.Owner && f.Owner != "" {
		// The owner comes last: a user that is not a superuser loses its rights
		// with the ownership. Changing the owner transfers the privileges.
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
	// raw is a session in the database; nil if none is needed.
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
		return false, nil // not a name in that encoding
	}
	return exists, err
}

// sqlState returns the SQLSTATE of the server's error, or "" for any other
// error.
func sqlState(err error) string {
	var answer *pgconn.PgError
	if errors.As(err, &answer) {
		return answer.Code
	}
	return ""
}

func answerText(err error) string {
	var from *pgconn.PgError
	if errors.As(err, &from) {
		return Told(from)
	}
	return err.Error()
}
