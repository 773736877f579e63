package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Rights are the rights of the signed-in role on its server.
type Rights struct {
	Role           string
	Superuser      bool
	CreateDatabase bool
	CreateRole     bool
}

// ReadRights returns the rights of the session's role. A superuser has all of
// them.
func ReadRights(ctx context.Context, conn *pgx.Conn) (Rights, error) {
	var r Rights
	err := conn.QueryRow(ctx, `SELECT rolname, rolsuper, rolcreatedb OR rolsuper, rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user`).
		Scan(&r.Role, &r.Superuser, &r.CreateDatabase, &r.CreateRole)
	if err != nil {
		return r, fmt.Errorf("read the rights of the signed-in role: %w", err)
	}
	return r, nil
}

// Direct reports whether the session reaches the server without a pooler. A
// pooler assigns process IDs of its own and rejects startup options.
func Direct(ctx context.Context, conn *pgx.Conn) (bool, error) {
	var pid uint32
	if err := conn.QueryRow(ctx, `SELECT pg_backend_pid()`).Scan(&pid); err != nil {
		return false, fmt.Errorf("ask for the session's process ID: %w", Ended(ctx, err))
	}
	return pid == conn.PgConn().PID(), nil
}

// DatabaseOID returns the OID of a database and whether the database exists.
func DatabaseOID(ctx context.Context, conn *pgx.Conn, name string) (oid uint32, found bool, err error) {
	err = conn.QueryRow(ctx, `SELECT oid FROM pg_database WHERE datname = $1`, name).Scan(&oid)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("look for database %q: %w", name, err)
	}
	return oid, true, nil
}

// DatabaseName returns the name of the database with an OID, which a rename
// keeps, or "" if there is none.
func DatabaseName(ctx context.Context, conn *pgx.Conn, oid uint32) (string, error) {
	var name string
	err := conn.QueryRow(ctx, `SELECT datname FROM pg_database WHERE oid = $1`, oid).Scan(&name)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("look for the database with OID %d: %w", oid, err)
	}
	return name, nil
}

// currentUser returns the role whose rights a session has, for messages.
func currentUser(ctx context.Context, conn *pgx.Conn) string {
	var name string
	if err := conn.QueryRow(ctx, `SELECT current_user`).Scan(&name); err != nil {
		return conn.Config().User
	}
	return name
}
