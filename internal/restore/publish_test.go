package restore_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// A session, such as an agent's that discovers databases, prevents the
// renaming. The error names it, the loaded database stays, and the next attempt
// publishes it.
func TestSomebodyInTheUnpublishedDatabase(t *testing.T) {
	t.Parallel()
	p, from := localenvtest.Postgres(t), localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), from, "CREATE TABLE t AS SELECT 1 AS i"))
	dump, _ := stored(t, dumpFile(t, from, true))
	r, job := target(t)
	role, password := localenvtest.User(t)
	require.NoError(t, p.Exec(t.Context(), "postgres", fmt.Sprintf("ALTER ROLE %s CREATEDB; ALTER DATABASE %s OWNER TO %s", role, job.Unpublished, role)))
	r.Source = signintest.Given{Secret: p.URI("postgres", role, password)}
	job.Owners = false
	loaded, _, err := load(t, r, job, dump)
	require.NoError(t, err)
	agent, err := p.Connect(t.Context(), job.Unpublished)
	require.NoError(t, err)
	_, err = r.Publish(t.Context(), job, loaded.OID)
	require.Equal(t, failure.DatabaseInUse, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, p.Superuser)
	require.NoError(t, agent.Close(t.Context()))
	_, err = r.Publish(t.Context(), job, loaded.OID)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, p.Exec(context.Background(), "postgres", "DROP DATABASE "+postgres.QuoteIdent(job.Account.Database)))
	})
	require.Equal(t, contents(t, from), contents(t, job.Account.Database))
}

// PostgreSQL itself does not drop a database with a subscription.
func TestAHalfRestoredSubscriberIsDropped(t *testing.T) {
	t.Parallel()
	p, from := localenvtest.Postgres(t), localenvtest.Database(t)
	sql, err := os.ReadFile("testdata/subscriber.sql")
	require.NoError(t, err)
	require.NoError(t, p.Exec(t.Context(), from, string(sql)))
	t.Cleanup(func() {
		require.NoError(t, p.Exec(context.Background(), from, "ALTER SUBSCRIPTION away SET (slot_name = NONE)"))
		require.NoError(t, p.Exec(context.Background(), from, "DROP SUBSCRIPTION away"))
	})
	dump, _ := stored(t, dumpFile(t, from, true))
	r, job := target(t)
	_, _, err = load(t, r, job, dump)
	require.Equal(t, failure.RestoreStatement, failure.CodeOf(err), "%v", err)
	require.NoError(t, r.Drop(t.Context(), job))
	conn, err := p.Connect(t.Context(), "postgres")
	require.NoError(t, err)
	defer conn.Close(t.Context())
	_, found, err := postgres.DatabaseOID(t.Context(), conn, job.Unpublished)
	require.NoError(t, err)
	require.False(t, found)
}
