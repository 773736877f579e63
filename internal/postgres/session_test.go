package postgres_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestASessionTakesBackWhatWouldChangeItsStatements(t *testing.T) {
	t.Parallel()
	p, database := localenvtest.Postgres(t), localenvtest.Database(t)
	want := map[string]string{
		"statement_timeout": "0", "lock_timeout": "0", "idle_in_transaction_session_timeout": "0", "idle_session_timeout": "0",
		"default_transaction_read_only": "off", "default_transaction_isolation": "read committed", "default_transaction_deferrable": "off",
		"session_replication_role": "origin", "exit_on_error": "off", "client_min_messages": "warning",
		"standard_conforming_strings": "on", "quote_all_identifiers": "off", "search_path": `"pg_catalog", "pg_temp"`, "client_encoding": "UTF8",
	}
	kept := map[string]string{"datestyle": "German, DMY", "timezone": "Asia/Tokyo", "intervalstyle": "iso_8601"}
	for name, value := range map[string]string{
		"statement_timeout": "20ms", "lock_timeout": "20ms", "idle_in_transaction_session_timeout": "20ms", "idle_session_timeout": "1h",
		"default_transaction_read_only": "on", "default_transaction_isolation": "serializable", "default_transaction_deferrable": "on",
		"session_replication_role": "replica", "exit_on_error": "on", "client_min_messages": "error",
		"standard_conforming_strings": "off", "quote_all_identifiers": "on", "search_path": "public", "client_encoding": "LATIN1",
		"datestyle": "German", "timezone": "Asia/Tokyo", "intervalstyle": "iso_8601",
	} {
		require.NoError(t, p.Exec(t.Context(), "postgres", fmt.Sprintf("ALTER DATABASE %s SET %s = '%s'", database, name, value)))
	}
	conn := connect(t, target(t, p, database))
	for name, value := range want {
		require.Equal(t, value, one(t, conn, "SELECT current_setting($1)", name), name)
	}
	for name, value := range kept {
		require.Equal(t, value, one(t, conn, "SELECT current_setting($1)", name), name)
	}
	// A role that may not change what a superuser has set can sign in.
	to := target(t, p, database)
	var pw secret.String
	to.User, pw = localenvtest.User(t)
	to.Password = fixed(pw)
	require.Equal(t, "0", one(t, connect(t, to), "SHOW lock_timeout"))
}

func TestASessionHasTheRoleOfItsSignInAndNotOfTheDatabase(t *testing.T) {
	t.Parallel()
	p, database := localenvtest.Postgres(t), localenvtest.Database(t)
	user, pw := localenvtest.User(t)
	reader, writer, owner := localenvtest.Unique(), localenvtest.Unique(), localenvtest.Unique()
	for _, role := range []string{reader, writer, owner} {
		require.NoError(t, p.Exec(t.Context(), "postgres", fmt.Sprintf("CREATE ROLE %s; GRANT %[1]s TO %s", role, user)))
	}
	to := target(t, p, database)
	to.User, to.Password = user, fixed(pw)
	for _, c := range []struct{ alter, session, children string }{
		{"SELECT", user, ""},
		{fmt.Sprintf("ALTER ROLE %s SET role = %s", user, reader), reader, ""},
		{fmt.Sprintf("ALTER DATABASE %s SET role = %s", database, owner), reader, reader},
		{fmt.Sprintf("ALTER ROLE %s IN DATABASE %s SET role = %s", user, database, writer), writer, writer},
		{fmt.Sprintf("REVOKE %s FROM %s", writer, user), reader, reader},
		{fmt.Sprintf("ALTER ROLE %s RESET role", user), user, user},
	} {
		require.NoError(t, p.Exec(t.Context(), "postgres", c.alter))
		conn := connect(t, to)
		require.Equal(t, c.session, one(t, conn, "SELECT current_user::text"), c.alter)
		role, err := postgres.RoleOfChildren(t.Context(), conn)
		require.NoError(t, err)
		require.Equal(t, c.children, role, c.alter)
		require.NoError(t, conn.Close(context.WithoutCancel(t.Context())))
	}
}
