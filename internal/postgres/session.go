package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// takeOver is a session's first message. It has only utility statements, which
// call no function, operator or cast: the owner of a database may have put
// another schema before pg_catalog. pg_temp is listed last because PostgreSQL
// searches it first if the path does not name it.
const takeOver = "SET statement_timeout = 0; SET search_path = pg_catalog, pg_temp; SET ROLE NONE"

// ownSettings overrides the settings of a role or database that would end,
// refuse or reinterpret our statements or change our rows. It keeps settings
// that affect the content, such as DateStyle and TimeZone. It skips settings
// that the server does not know or that the role may not change.
const ownSettings = `SELECT set_config(s.name, v.value, false)
	FROM pg_settings s JOIN (VALUES ('statement_timeout', '0'), ('lock_timeout', '0'), ('transaction_timeout', '0'),
		('idle_in_transaction_session_timeout', '0'), ('idle_session_timeout', '0'),
		('default_transaction_read_only', 'off'), ('default_transaction_isolation', 'read committed'), ('default_transaction_deferrable', 'off'),
		('session_replication_role', 'origin'), ('exit_on_error', 'off'), ('client_min_messages', 'warning'),
		('standard_conforming_strings', 'on'), ('quote_all_identifiers', 'off')) v (name, value) ON s.name = v.name
	WHERE s.setting <> v.value AND (s.context = 'user' OR current_setting('is_superuser') = 'on')`

// ownRole sets the role that is configured for the signed-in role. It ignores a
// role configured for the database, which the database's owner chose.
var ownRole = `SELECT set_config('role', coalesce(` + setRole("session_user") + `, 'none'), false)`

// setRole returns a subquery for the role that sessions of a login set in this
// database; NULL for none. login is an SQL expression for the login's name.
func setRole(login string) string {
	return `(SELECT substr(c, 6) FROM pg_db_role_setting s, unnest(s.setconfig) c
		WHERE c LIKE 'role=%' AND (s.setrole = 0 AND s.setdatabase = 0 OR s.setrole = (SELECT oid FROM pg_roles WHERE rolname = ` + login + `)
			AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())))
			AND EXISTS (SELECT FROM pg_roles r WHERE r.rolname = substr(c, 6) AND pg_has_role(` + login + `, r.oid, 'MEMBER'))
		ORDER BY s.setdatabase = 0, s.setrole = 0 LIMIT 1)`
}

// ActingRole returns the role whose rights sessions of a login have in the
// database of conn: the login, or the role configured for it. A login that does
// not exist acts as itself.
func ActingRole(ctx context.Context, conn *pgx.Conn, login string) (string, error) {
	var role string
	err := conn.QueryRow(ctx, `SELECT coalesce((SELECT `+setRole("l.rolname")+` FROM pg_roles l WHERE l.rolname = $1), $1)`, login).Scan(&role)
	if err != nil {
		return "", fmt.Errorf("look for the role that %q takes on: %w", login, Ended(ctx, Classify(err, connTarget(conn))))
	}
	return role, nil
}

// prepareSession ensures that the session runs no code of the database except
// what a statement names. It uses no startup parameters, which poolers reject.
func prepareSession(ctx context.Context, c *pgconn.PgConn) error {
	settle := ownSettings + "; " + ownRole
	if c.ParameterStatus("server_encoding") == "SQL_ASCII" {
		// Texts may be bytes of any encoding, which the server would refuse to
		// return as UTF-8.
		settle += "; SET client_encoding = SQL_ASCII"
	}
	for _, statements := range []string{takeOver, settle} {
		if _, err := c.Exec(ctx, statements).ReadAll(); err != nil {
			return fmt.Errorf("prepare the session: %w", err)
		}
	}
	return nil
}

// RoleOfChildren returns the role that a child process must set to have the
// session's rights. It returns "" if the database configures no role.
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
