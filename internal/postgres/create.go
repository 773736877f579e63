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

// CreateDatabase creates an empty database with the recorded encoding and
// locale. It uses template0, since objects in template1 could conflict with the
// restore.
func CreateDatabase(ctx context.Context, conn *pgx.Conn, name string, f DatabaseFacts) error {
	server, err := ReadServer(ctx, conn)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, CreateDatabaseSQL(name, f, server.Major))
	var answer *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &answer):
		return fmt.Errorf("create database %q: %w", name, Ended(ctx, Classify(err, connTarget(conn))))
	case answer.Code == "42501":
		user := currentUser(ctx, conn)
		return failure.Wrap(answer, failure.MissingRestorePermissions, fmt.Sprintf("ALTER ROLE %s CREATEDB;", QuoteIdent(user)), "user %q may not create databases", user)
	case answer.Code == "42P04":
		return inUse(answer, name)
	case strings.HasPrefix(answer.Code, "22") || strings.HasPrefix(answer.Code, "42") || answer.Code == "0A000":
		return failure.Wrap(answer, failure.RestoreStatement, "Install the locale on the target server, or restore to a server that has it.",
			"the target server cannot make a database with encoding %s and locale %s", f.Encoding, f.localeName())
	}
	return fmt.Errorf("create database %q: %w", name, Ended(ctx, Classify(err, connTarget(conn))))
}

// LendDatabase makes the future owner of a database its owner while the
// database is loaded, if the signed-in role has that role's privileges. In the
// schema public the owner of the database may create objects, and a user that
// is not a superuser can give tables only to a role that may.
func LendDatabase(ctx context.Context, conn *pgx.Conn, name, owner string) error {
	var able bool
	err := conn.QueryRow(ctx, `SELECT coalesce(bool_or(pg_has_role(oid, 'USAGE')), false) FROM pg_roles WHERE rolname = $1`, owner).Scan(&able)
	if err == nil && able {
		_, err = conn.Exec(ctx, fmt.Sprintf("ALTER DATABASE %s OWNER TO %s", QuoteIdent(name), QuoteIdent(owner)))
	}
	if err != nil && sqlState(err) != "42501" {
		return fmt.Errorf("give database %q to %q: %w", name, owner, Ended(ctx, Classify(err, connTarget(conn))))
	}
	return nil
}

// TakeDatabase makes the signed-in role the owner again and allows connections:
// an attempt that ended during a rename has disallowed them.
func TakeDatabase(ctx context.Context, conn *pgx.Conn, name string) error {
	for _, statement := range []string{fmt.Sprintf("ALTER DATABASE %s OWNER TO CURRENT_USER", QuoteIdent(name)), admitSQL(name)} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("take database %q back: %w", name, Ended(ctx, Classify(err, connTarget(conn))))
		}
	}
	return nil
}

// CreateDatabaseSQL returns the statement for a server of the given major
// version.
func CreateDatabaseSQL(name string, f DatabaseFacts, major int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE DATABASE %s TEMPLATE template0 ENCODING %s", QuoteIdent(name), QuoteLiteral(f.Encoding))
	if major >= 15 {
		// The provider is always given, since that of the target's template0
		// may differ.
		provider := or(f.LocaleProvider, "libc")
		fmt.Fprintf(&b, " LOCALE_PROVIDER %s", QuoteIdent(provider))
		switch {
		case provider == "icu":
			fmt.Fprintf(&b, " ICU_LOCALE %s", QuoteLiteral(f.ICULocale))
		case provider == "builtin":
			fmt.Fprintf(&b, " BUILTIN_LOCALE %s", QuoteLiteral(f.ICULocale))
		}
		if major >= 16 && f.ICURules != "" {
			fmt.Fprintf(&b, " ICU_RULES %s", QuoteLiteral(f.ICURules))
		}
	}
	fmt.Fprintf(&b, " LC_COLLATE %s LC_CTYPE %s", QuoteLiteral(f.Collate), QuoteLiteral(f.Ctype))
	return b.String()
}

func (f DatabaseFacts) localeName() string {
	if f.ICULocale != "" {
		return fmt.Sprintf("%s (%s), %s", f.ICULocale, f.LocaleProvider, f.Collate)
	}
	return f.Collate
}

func inUse(cause error, name string) error {
	return failure.Wrap(cause, failure.DatabaseNameAlreadyInUse, "Choose another name for the restored database: a restore never touches one that exists.", "a database named %q exists already", name)
}

// connTarget returns the target of a connection, for messages.
func connTarget(conn *pgx.Conn) Target {
	c := conn.Config()
	return Target{Host: c.Host, Port: int(c.Port), Database: c.Database, User: c.User}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
