package restore_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// A setting that the server refuses fails neither the restore nor the
// statements after it.
func TestWhatATargetRefusesOfRoles(t *testing.T) {
	t.Parallel()
	role, _ := localenvtest.User(t)
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
	statements, ignored, err := r.Roles(t.Context(), job, []byte(strings.Join(append(refused, last), ";\n")+";\n"))
	require.NoError(t, err)
	require.Equal(t, 1, statements)
	require.Len(t, ignored, len(refused))
	for i, statement := range refused {
		require.Contains(t, ignored[i], statement)
	}
	require.Contains(t, ignored[1], `invalid value for parameter "lc_messages": "de_XX.UTF-8"`)
	conn, err := localenvtest.Postgres(t).Connect(t.Context(), "postgres")
	require.NoError(t, err)
	defer conn.Close(t.Context())
	var set []string
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT setconfig FROM pg_db_role_setting WHERE setdatabase = 0 AND setrole = $1::regrole", role).Scan(&set))
	require.Equal(t, []string{"work_mem=7MB"}, set)
}
