package restore_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// newRole returns the name of a role that does not exist. It is dropped after
// the test.
func newRole(t *testing.T) string {
	t.Helper()
	user, _ := localenvtest.User(t)
	made := user + "_made"
	t.Cleanup(func() {
		// A test's context has ended by then.
		require.NoError(t, localenvtest.Postgres(t).Exec(context.Background(), "postgres", "DROP ROLE IF EXISTS "+made))
	})
	return made
}

// A setting that the server refuses fails neither the restore nor the
// statements after it.
func TestWhatATargetRefusesOfRoles(t *testing.T) {
	t.Parallel()
	role := newRole(t)
	r, job := target(t)
	refused := []string{
		"CREATE ROLE " + role,
		"ALTER ROLE " + role + " SET lc_messages TO 'de_XX.UTF-8'",
		"ALTER ROLE " + role + " SET work_mem TO 'much'",
		"ALTER ROLE " + role + " SET no_such_setting TO '1'",
		"ALTER ROLE " + role + " SET shared_buffers TO '1GB'",
		`ALTER ROLE ` + role + ` SET "odd name.x" TO '1'`,
		"ALTER ROLE " + role + " VALID UNTIL 'some day'",
		"CREATE ROLE pg_made_elsewhere",
		"SECURITY LABEL FOR 'selinux' ON ROLE " + role + " IS 'secret'",
		"GRANT gone_role TO " + role,
		"GRANT " + role + " TO " + role,
	}
	last := "ALTER ROLE " + role + " SET work_mem TO '7MB'"
	file := "CREATE ROLE " + role + ";\n" + strings.Join(append(refused, last), ";\n") + ";\n"
	statements, ignored, err := r.Roles(t.Context(), job, []byte(file))
	require.NoError(t, err)
	require.Equal(t, 2, statements)
	require.Len(t, ignored, len(refused))
	for i, statement := range refused {
		head, _, _ := strings.Cut(statement, "'")
		require.Contains(t, ignored[i], strings.TrimSpace(head))
	}
	require.NotContains(t, strings.Join(ignored, "\n"), "de_XX", "settings are the database's")
	require.Equal(t, "{work_mem=7MB}", settingsOf(t, role))
}

func settingsOf(t *testing.T, role string) string {
	t.Helper()
	return query(t, "SELECT coalesce((SELECT setconfig::text FROM pg_db_role_setting WHERE setdatabase = 0 AND setrole = to_regrole($1)), '')", role)
}

// query returns the text that a query of the target server returns.
func query(t *testing.T, sql string, args ...any) (text string) {
	t.Helper()
	conn, err := localenvtest.Postgres(t).Connect(t.Context(), "postgres")
	require.NoError(t, err)
	defer conn.Close(t.Context())
	require.NoError(t, conn.QueryRow(t.Context(), sql, args...).Scan(&text))
	return text
}

// The roles of a target are its administrators'. A roles file comes from another
// server, whose administrators may be others.
func TestExistingRolesKeepWhatTheyHave(t *testing.T) {
	t.Parallel()
	role, _ := localenvtest.User(t)
	r, job := target(t)
	file := strings.ReplaceAll(`CREATE ROLE X;
ALTER ROLE X WITH SUPERUSER CREATEDB NOLOGIN;
ALTER ROLE X SET work_mem TO '7MB';
COMMENT ON ROLE X IS 'changed';
GRANT pg_write_server_files TO X;
`, "X", role)
	statements, ignored, err := r.Roles(t.Context(), job, []byte(file))
	require.NoError(t, err)
	require.Zero(t, statements)
	require.Len(t, ignored, 1)
	require.Contains(t, ignored[0], "the role exists, and keeps what it has")
	require.Equal(t, "false false true", query(t, "SELECT concat_ws(' ', rolsuper::text, rolcreatedb::text, rolcanlogin::text) FROM pg_roles WHERE rolname = $1", role))
	require.Empty(t, settingsOf(t, role))
	require.Equal(t, "0", query(t, "SELECT count(*)::text FROM pg_auth_members WHERE member = to_regrole($1)", role))
}

func TestARolesFileRunsNothingElse(t *testing.T) {
	t.Parallel()
	r, job := target(t)
	canary := job.Unpublished + "_canary"
	for _, forged := range []string{
		"CREATE TABLE ~ (x int);",
		"DO 'begin create table ~ (x int); end';",
		"CREATE ROLE ~ SUPERUSER;",
		"CREATE ROLE @;\nGRANT ALL ON DATABASE postgres TO @;",
		"CREATE ROLE @;\nALTER ROLE @ SET application_name TO E'\\'; CREATE TABLE ~ (x int); --';",
		"CREATE ROLE @;\nALTER ROLE @ SET application_name TO $$'$$; CREATE TABLE ~ (x int);'$$",
		"CREATE ROLE @;\nCOMMENT ON ROLE @ IS $$;$$; CREATE TABLE ~ (x int);",
		"CREATE ROLE @;\nCOMMENT ON ROLE @ IS U&'\\0027'; CREATE TABLE ~ (x int); --';",
		"CREATE ROLE @;\nCOMMENT ON ROLE @ IS 'x' /* ' */; CREATE TABLE ~ (x int); /* ' */",
		"COMMIT; CREATE TABLE ~ (x int);",
	} {
		file := strings.NewReplacer("~", canary, "@", newRole(t)).Replace(forged)
		_, _, err := r.Roles(t.Context(), job, []byte(file))
		if err != nil { // the server has refused it, and nothing of the file counts
			require.Equal(t, failure.RestoreStatement, failure.CodeOf(err), forged)
		}
		require.Equal(t, "0", query(t, "SELECT count(*)::text FROM pg_class WHERE relname = $1", canary), forged)
		require.Equal(t, "0", query(t, "SELECT count(*)::text FROM pg_roles WHERE rolname = $1", canary), forged)
		require.Equal(t, "{=Tc/postgres,postgres=CTc/postgres}", query(t, "SELECT coalesce(datacl, acldefault('d', datdba))::text FROM pg_database WHERE datname = 'postgres'"), forged)
	}
}

// Another attempt finds none of the roles of a failed one, and gives them their
// attributes.
func TestAFailedAttemptLeavesNoRoles(t *testing.T) {
	t.Parallel()
	role := newRole(t)
	r, job := target(t)
	_, _, err := r.Roles(t.Context(), job, []byte("CREATE ROLE "+role+";\nALTER ROLE "+role+" SET work_mem;\n"))
	require.Equal(t, failure.RestoreStatement, failure.CodeOf(err))
	statements, ignored, err := r.Roles(t.Context(), job, []byte("CREATE ROLE "+role+";\nALTER ROLE "+role+" WITH LOGIN;\n"))
	require.NoError(t, err)
	require.Empty(t, ignored)
	require.Equal(t, 2, statements)
}

// Two restores to one server create the same role at the same time.
func TestARoleThatAnotherSessionIsCreating(t *testing.T) {
	t.Parallel()
	role := newRole(t)
	r, job := target(t)
	other, err := localenvtest.Postgres(t).Connect(t.Context(), "postgres")
	require.NoError(t, err)
	defer func() { require.NoError(t, other.Close(context.WithoutCancel(t.Context()))) }()
	tx, err := other.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "CREATE ROLE "+role)
	require.NoError(t, err)
	done := make(chan error, 1)
	var ignored []string
	go func() {
		_, notes, err := r.Roles(t.Context(), job, []byte("CREATE ROLE "+role+";\nALTER ROLE "+role+" CREATEDB;\n"))
		ignored = notes
		done <- err
	}()
	require.Eventually(t, func() bool {
		return query(t, "SELECT count(*)::text FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1", "CREATE ROLE "+role+"%") == "1"
	}, time.Minute, 20*time.Millisecond, "the restore does not wait for the other session")
	require.NoError(t, tx.Commit(t.Context()))
	require.NoError(t, <-done)
	require.Len(t, ignored, 1)
	require.Contains(t, ignored[0], "another session has just created it")
}
