package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgvault/pgvault/internal/failure"
)

// objectInUse is the SQLSTATE of a database that is in use.
const objectInUse = "55006"

// RenameDatabase renames a database to its final name. It disallows connections
// meanwhile and ends the sessions that the role may end. If sessions remain, it
// allows connections again, and the database keeps its old name.
func RenameDatabase(ctx context.Context, conn *pgx.Conn, from, to string) error {
	err := exclude(ctx, conn, from)
	if err == nil {
		err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, fmt.Sprintf("ALTER DATABASE %s RENAME TO %s", QuoteIdent(from), QuoteIdent(to)))
			if err == nil {
				_, err = tx.Exec(ctx, admitSQL(to))
			}
			return err
		})
	}
	if err == nil {
		return nil
	}
	state := sqlState(err)
	switch {
	case state == "3D000":
		return failure.Wrap(err, failure.DBNotFound, "", "server %s has no database %q to rename", connTarget(conn).Server(), from)
	case state == "42P04":
		err = inUse(err, to)
	case state == "42501":
		err = mayNotRename(ctx, conn, from, err)
	case state == objectInUse:
		err = used(ctx, conn, from, "renamed", err)
	default:
		err = fmt.Errorf("rename database %q: %w", from, Ended(ctx, Classify(err, connTarget(conn))))
	}
	if _, left := conn.Exec(context.WithoutCancel(ctx), admitSQL(from)); left != nil {
		return fmt.Errorf("%w; it takes no connections for now: %s", err, answerText(left))
	}
	return err
}

func mayNotRename(ctx context.Context, conn *pgx.Conn, name string, cause error) error {
	user := currentUser(ctx, conn)
	return failure.Wrap(cause, failure.MissingRestorePermissions,
		fmt.Sprintf("ALTER ROLE %s CREATEDB; and grant it the role that owns the database, with its privileges (from PostgreSQL 16 on: WITH INHERIT TRUE, SET TRUE).", QuoteIdent(user)),
		"user %q may not rename database %q of server %s", user, name, connTarget(conn).Server())
}

func admitSQL(name string) string {
	return "ALTER DATABASE " + QuoteIdent(name) + " ALLOW_CONNECTIONS true"
}

// exclude disallows connections to a database and ends the sessions in it that
// the role may end. Only a superuser may end those of superusers.
func exclude(ctx context.Context, conn *pgx.Conn, name string) error {
	if _, err := conn.Exec(ctx, "ALTER DATABASE "+QuoteIdent(name)+" ALLOW_CONNECTIONS false"); err != nil {
		return err
	}
	sessions, err := sessionsIn(ctx, conn, name)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		if _, err := conn.Exec(ctx, "SELECT pg_terminate_backend($1)", s.pid); err != nil && sqlState(err) != "42501" {
			return err
		}
	}
	return nil
}

// sessionOf is a session of another client.
type sessionOf struct {
	pid               int32
	user, application string
}

func (s sessionOf) String() string {
	text := fmt.Sprintf("user %q (PID %d", s.user, s.pid)
	if s.application != "" {
		text += fmt.Sprintf(", application %q", s.application)
	}
	return text + ")"
}

func sessionsIn(ctx context.Context, conn *pgx.Conn, name string) ([]sessionOf, error) {
	rows, err := conn.Query(ctx, `SELECT pid, coalesce(usename, ''), coalesce(application_name, '') FROM pg_stat_activity
		WHERE datname = $1 AND pid <> pg_backend_pid() ORDER BY pid`, name)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (s sessionOf, err error) {
		return s, row.Scan(&s.pid, &s.user, &s.application)
	})
}

// shownSessions is the number of sessions that a message names.
const shownSessions = 5

// used returns the error for a database that is in use, with the sessions that
// use it.
func used(ctx context.Context, conn *pgx.Conn, name, wanted string, cause error) error {
	var answer *pgconn.PgError
	detail := ""
	if errors.As(cause, &answer) && answer.Detail != "" {
		detail = " (" + answer.Detail + ")"
	}
	var names []string
	sessions, err := sessionsIn(ctx, conn, name)
	for i, s := range sessions {
		if i == shownSessions {
			names = append(names, fmt.Sprintf("and %d more", len(sessions)-shownSessions))
			break
		}
		names = append(names, s.String())
	}
	if err != nil || len(names) == 0 {
		return failure.Wrap(cause, failure.DatabaseInUse, "It is tried again.", "database %q of server %s is in use and cannot be %s%s", name, connTarget(conn).Server(), wanted, detail)
	}
	return failure.Wrap(cause, failure.DatabaseInUse,
		fmt.Sprintf("It is tried again. Keep these users out of it, or end their sessions as a role that may: SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s; (or GRANT pg_signal_backend TO %s;)",
			QuoteLiteral(name), QuoteIdent(currentUser(ctx, conn))),
		"database %q of server %s cannot be %s while others are connected to it: %s", name, connTarget(conn).Server(), wanted, strings.Join(names, ", "))
}
