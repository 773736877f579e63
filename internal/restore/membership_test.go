package restore_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// An administrator without superuser rights, as a managed server has one, can give
// objects to the roles of the dump only as a member of them.
func TestAnAdministratorJoinsTheRoles(t *testing.T) {
	t.Parallel()
	p := localenvtest.Postgres(t)
	admin, password := localenvtest.User(t)
	require.NoError(t, p.Exec(t.Context(), "postgres", "ALTER ROLE "+admin+" CREATEROLE"))
	made := admin + ` "x" made`
	quoted := `"` + admin + ` ""x"" made"`
	// A test's context has ended by then.
	t.Cleanup(func() { require.NoError(t, p.Exec(context.Background(), "postgres", "DROP ROLE IF EXISTS "+quoted)) })
	r, job := target(t)
	r.Source = signintest.Given{Secret: p.URI("postgres", admin, password)}
	file := []byte(fmt.Sprintf("CREATE ROLE %s;\nALTER ROLE %s NOLOGIN;\n", quoted, quoted))

	for range 2 { // another attempt finds the roles and the memberships
		_, _, err := r.Roles(t.Context(), job, file)
		require.NoError(t, err)
		require.NoError(t, r.JoinRoles(t.Context(), job, append(file, fmt.Sprintf("CREATE ROLE %s;\nCREATE ROLE %s;\n", admin, p.Superuser)...)))
	}
	require.Equal(t, "true", query(t, "SELECT pg_has_role($1, $2, 'USAGE')::text", admin, made))
	require.Equal(t, "false", query(t, "SELECT pg_has_role($1, $2, 'MEMBER')::text", admin, p.Superuser), "a role does not become a superuser")
}

func TestASuperuserJoinsNoRoles(t *testing.T) {
	t.Parallel()
	role := newRole(t)
	r, job := target(t)
	file := []byte("CREATE ROLE " + role + ";\n")
	_, _, err := r.Roles(t.Context(), job, file)
	require.NoError(t, err)
	require.NoError(t, r.JoinRoles(t.Context(), job, file))
	require.Equal(t, "0", query(t, "SELECT count(*)::text FROM pg_auth_members WHERE roleid = to_regrole($1)", role))
}
