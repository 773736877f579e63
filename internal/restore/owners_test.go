package restore_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// The objects belong to a role that has revoked its own right to fill its
// table. The user is only a member of that role.
func TestOwnersWithoutASuperuser(t *testing.T) {
	t.Parallel()
	p, from := localenvtest.Postgres(t), localenvtest.Database(t)
	owner, _ := localenvtest.User(t)
	user, password := localenvtest.User(t)
	require.NoError(t, p.Exec(t.Context(), "postgres", fmt.Sprintf("GRANT %s TO %s; ALTER ROLE %s CREATEDB; ALTER DATABASE %s OWNER TO %s", owner, user, user, from, owner)))
	require.NoError(t, p.Exec(t.Context(), from, fmt.Sprintf(`SET ROLE %s;
		CREATE TABLE sealed AS SELECT n, md5(n::text) AS m FROM generate_series(1, 100000) n;
		CREATE TABLE small AS SELECT 1 AS one;
		REVOKE ALL ON sealed, small FROM %s;
		CREATE SCHEMA closed; CREATE TABLE closed.t AS SELECT 1 AS one; REVOKE ALL ON SCHEMA closed FROM %s;
		CREATE FUNCTION f(i int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT i > 0'; REVOKE ALL ON FUNCTION f(int) FROM PUBLIC, %s;
		SELECT lo_from_bytea(4711, 'abc'); REVOKE ALL ON LARGE OBJECT 4711 FROM %s`, owner, owner, owner, owner, owner)))
	dump, _ := stored(t, dumpFile(t, from, true))
	r, job := target(t)
	job.Facts.Owner = owner
	job.Unpublished += "_new" // a database that it creates itself
	t.Cleanup(func() {
		require.NoError(t, p.Exec(context.Background(), "postgres", "DROP DATABASE IF EXISTS "+job.Unpublished+" WITH (FORCE)"))
	})
	limited := restore.Restorer{Source: signintest.Given{Secret: p.URI("postgres", user, password)}, Tools: r.Tools, Memory: r.Memory}
	_, _, err := load(t, limited, job, dump)
	require.NoError(t, err)
	require.Equal(t, contents(t, from), contents(t, job.Unpublished))
	require.Equal(t, schema(t, from), schema(t, job.Unpublished))
}
