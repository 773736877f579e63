package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// takeOver is a session's first message. It has utility statements only, which
// call no function, operator or cast: the owner of a database may have put a
// schema of its own before pg_catalog. pg_temp is named so that it comes last;
// PostgreSQL searches it first where a path does not name it.
const takeOver = "SET statement_timeout = 0; SET search_path = pg_catalog, pg_temp; SET ROLE NONE"

// ownSettings replaces what a role or database may have set and what would end
// our statements, refuse them, read them differently, or change our rows. Not
// replaced is what belongs to the content, such as DateStyle and TimeZone.
// Settings that the server does not know are left out, and so are those that
// the role may not change.
const ownSettings = `SELECT set_config(s.name, v.value, false)
	FROM pg_settings s JOIN (VALUES ('statement_timeout', '0'), ('lock_timeout', '0'), ('transaction_timeout', '0'),
		('idle_in_transaction_session_timeout', '0'), ('idle_session_timeout', '0'),
		('default_transaction_read_only', 'off'), ('default_transaction_isolation', 'read committed'), ('default_transaction_deferrable', 'off'),
		('session_replication_role', 'origin'), ('exit_on_error', 'off'), ('client_min_messages', 'warning'),
		('standard_conforming_strings', 'on'), ('quote_all_identifiers', 'off')) v (name, value) ON s.name = v.name
	WHERE s.setting <> v.value AND (s.context = 'user' OR current_setting('is_superuser') = 'on')`

// ownRole takes on the role that is set for the signed-in role, and none that
// is set for the database: the latter is the choice of the database's owner.
var ownRole = `SELECT set_config('role', coalesce(` + setRole("session_user") + `, 'none'), false)`

// setRole is a subquery for the role that sessions of a login take on in this
// database; NULL for none. login is an expression that names the login.
func setRole(login string) string {
	return `(SELECT substr(c, 6) FROM pg_db_role_setting s, unnest(s.setconfig) c
		WHERE c LIKE 'role=%' AND (s.setrole = 0 AND s.setdatabase = 0 OR s.setrole = (SELECT oid FROM pg_roles WHERE rolname = ` + login + `)
			AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())))
			AND EXISTS (SELECT FROM pg_roles r WHERE r.rolname = substr(c, 6) AND pg_has_role(` + login + `, r.oid, 'MEMBER'))
		ORDER BY s.setdatabase = 0, s.setrole = 0 LIMIT 1)`
}

// ActingRole returns the role whose rights sessions of a login have in the
// database of conn: the login itself, or the role that it is set to take on. A
// login that does not exist acts as itself.
func ActingRole(ctx context.Context, conn *pgx.Conn, login string) (string, error) {
	var role string
	err := conn.QueryRow(ctx, `SELECT coalesce((SELECT `+setRole("l.rolname")+` FROM pg_roles l WHERE l.rolname = $1), $1)`, login).Scan(&role)
	if err != nil {
		return "", fmt.Errorf("look for the role that %q takes on: %w", login, Ended(ctx, Classify(err, connTarget(conn))))
	}
	return role, nil
}

// prepareSession makes a session one in which nothing of the database's runs
// but what a statement names. These are not startup parameters, since
// connection poolers refuse those.
func prepareSession(ctx context.Context, c *pgconn.PgConn) error {
	settle := ownSettings + "; " + ownRole
	if c.ParameterStatus("server_encoding") == "SQL_ASCII" {
		// Its texts may be bytes of any encoding, which the server would refuse to
		// give as UTF-8.
		settle += "; SET client_encoding = SQL_ASCII"
	}
	for _, statements := range []string{takeOver, settle} {
		if _, err := c.Exec(ctx, statements).ReadAll(); err != nil {
			return fmt.Errorf("prepare the session: %w", err)
		}
	}
	return nil
}

// RoleOfChildren returns the role that a child process has to take on to be
// who the session is. It is "" where signing in is enough: where the database
// sets no role for everybody.
func RoleOfChildren(ctx context.Context, conn *pgx.Conn) (string, error) {
	var role string
	err := conn.QueryRow(ctx, `SELECT coalesce((SELECT current_user::text WHERE EXISTS (
		SELECT FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) c
		WHERE d.datname = current_database() AND s.setrole = 0 AND c LIKE 'role=%')), '')`).Scan(&role)
	if err != nil {
		return "", fmt.Errorf("look for a role that the database sets: %w", Ended(ctx, Classify(err, connTarget(conn))))
	}
	return role, nil
}
