package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgvault/pgvault/internal/failure"
)

// Classify returns an error of pgx, of the network or of TLS with a failure
// code, an object and a remedy. It returns an unknown error unchanged, except
// that it removes anything that could reveal the password, and wraps the error
// of a context.
func Classify(err error, t Target) error {
	var classified *failure.Error
	if err == nil || errors.As(err, &classified) {
		return err
	}
	// A ConnectError has the whole configuration, with the password.
	var connecting *pgconn.ConnectError
	if errors.As(err, &connecting) {
		err = fmt.Errorf("connect to %s: %w", t.Server(), connecting.Unwrap())
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var from *pgconn.PgError
	if errors.As(err, &from) {
		if e := classifyAnswer(from, t); e != nil {
			e.Err = answer{from} // whose text may be told
			return e
		}
		return tell(err, from)
	}
	if e := classifyTLS(err, t); e != nil {
		return e
	}
	if e := classifyNetwork(err, t); e != nil {
		return e
	}
	return err
}

// classifyAnswer classifies by SQLSTATE, and by the name of the server's
// function if a state has several causes. Messages may be translated. An error
// that ends no session says nothing of the connection or the sign-in.
func classifyAnswer(e *pgconn.PgError, t Target) *failure.Error {
	ends := EndsSession(e)
	switch {
	case ends && strings.HasPrefix(e.Code, "28") && e.Routine == "ClientAuthentication":
		return failure.Wrap(e, failure.MissingNetworkSecurityPermissions,
			"Allow the worker's address in the server's firewall (or pg_hba.conf). If the server speaks of \"no encryption\", it wants TLS: do not set tls.mode to disable.",
			"server %s lets no user %q connect from this worker's address", t.Server(), t.User)
	case ends && strings.HasPrefix(e.Code, "28"):
		return refusedSignIn(e, t)
	case e.Code == "3D000":
		return failure.Wrap(e, failure.DBNotFound, "Correct the database's name, in the backup instance or in the restore's --to-database, or create it.", "server %s has no database %q", t.Server(), t.Database)
	case e.Routine == "CheckMyDatabase" && (e.Code == "42501" || e.Code == "55000"):
		return noConnect(e, t)
	case e.Code == "42501":
		return failure.Wrap(e, failure.MissingDBPermissions, "`pgvault grants` prints the SQL that gives exactly what is missing.", "user %q lacks a privilege in database %q of server %s", t.User, t.Database, t.Server())
	case e.Code == "25006":
		return failure.Wrap(e, failure.MissingRestorePermissions,
			fmt.Sprintf("If it is a replica, name its primary. Otherwise: ALTER ROLE %s SET default_transaction_read_only = off; and the same for the database, if that is what is set.", QuoteIdent(t.User)),
			"user %q may only read in database %q of server %s", t.User, t.Database, t.Server())
	case e.Code == "42P04":
		return failure.Wrap(e, failure.DatabaseNameAlreadyInUse, "Choose another name for the restored database.", "server %s has a database of that name already", t.Server())
	case e.Code == "55P03":
		return failure.Wrap(e, failure.LockTimeout, "Look in pg_locks for who holds the lock.", "a lock in database %q of server %s was not to be had in time", t.Database, t.Server())
	case strings.HasPrefix(e.Code, "40"):
		return failure.Wrap(e, failure.LockTimeout, "It is tried again. Look in pg_locks for the other session.", "database %q of server %s gave another session the preference", t.Database, t.Server())
	case ends && e.Code == "53300":
		return closed(e, "server %s has no free connection", t.Server())
	case ends && (strings.HasPrefix(e.Code, "57P") || strings.HasPrefix(e.Code, "08")):
		return closed(e, "server %s closed the connection", t.Server())
	case Permanent(e):
		return statementRefused(e, t)
	}
	return nil
}

func refusedSignIn(e error, t Target) *failure.Error {
	if t.EntraToken {
		return failure.Wrap(e, failure.BackupUserAuthFailed,
			fmt.Sprintf("As the server's Microsoft Entra administrator, in database postgres: SELECT * FROM pgaadauth_create_principal(%s, false, false); the name must be that of %s.", QuoteLiteral(t.User), t.By),
			"server %s refuses the Microsoft Entra token of user %q, which is that of %s", t.Server(), t.User, t.By)
	}
	return failure.Wrap(e, failure.DBUserAuthFailed,
		fmt.Sprintf("Put the valid user and password into the secret. The role must be allowed to log in: ALTER ROLE %s LOGIN;", QuoteIdent(t.User)),
		"server %s refuses user %q with the secret's password", t.Server(), t.User)
}

func noConnect(e *pgconn.PgError, t Target) *failure.Error {
	if e.Code == "55000" {
		return failure.Wrap(e, failure.MissingDBPermissions, fmt.Sprintf("ALTER DATABASE %s ALLOW_CONNECTIONS true;", QuoteIdent(t.Database)),
			"database %q of server %s accepts no connections", t.Database, t.Server())
	}
	return failure.Wrap(e, failure.MissingDBPermissions, fmt.Sprintf("GRANT CONNECT ON DATABASE %s TO %s;", QuoteIdent(t.Database), QuoteIdent(t.User)),
		"user %q lacks CONNECT on database %q of server %s", t.User, t.Database, t.Server())
}

// closed returns the error for a lost connection, which another attempt may
// find fixed.
func closed(cause error, format string, args ...any) *failure.Error {
	return failure.Wrap(cause, failure.ServerConnectionClosed, "It is tried again. If it stays so, look at the server's state and log, and at the firewall between it and the worker.", format, args...)
}
