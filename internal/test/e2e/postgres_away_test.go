package e2e_test

import (
	"path"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// The server is stopped during a dump until several attempts have failed. The
// job reports what it waits for, and completes when the server is back.
func TestPostgresAwayInMidDump(t *testing.T) {
	t.Parallel()
	env := localenvtest.Env(t)
	own := ownServer(t, localenv.PostgresOptions{})
	env.Postgres = own
	proxy := gate(t, env)
	w := newWorldIn(t, env, map[string]string{"PGVAULT_VAULT": proxy.URL + "/" + path.Base(env.VaultURL)})
	i := w.on(t, own, bulk(32))
	p := w.startWorker(t, smallBuffers)
	held, release := hold(t, proxy, stagedAfter(i, 1))
	id := w.start(t, "backup", i.Name)
	await(t, held, p)
	own.Halt()
	release()

	w.awaitRetry(t, i.workID(), "Dump", "ServerConnectionClosed")
	require.Eventually(t, func() bool { return w.pending(t, i.workID()).GetAttempt() >= 4 }, patience+time.Minute, look, "the step is not tried again")
	require.Regexp(t, `waiting since \d\d:\d\d:\d\d UTC`, w.card(t, i.workID()))

	require.NoError(t, own.Start(t.Context()))
	require.NoError(t, w.awaitEnd(t, id))
	w.onePoint(t, i)
}

// ownServer starts a server that the test may stop.
func ownServer(t *testing.T, o localenv.PostgresOptions) *localenv.Postgres {
	t.Helper()
	o.CA = localenvtest.CA(t)
	p, err := localenv.StartPostgres(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(p.Stop)
	return p
}

// on creates a database on the test's own server and protects it.
func (w *world) on(t *testing.T, server *localenv.Postgres, sql string) instance {
	t.Helper()
	i := instance{Name: "shop/" + localenvtest.Unique(), Host: server.Host, Port: server.Port, Policy: "nightly"}
	i.Database = path.Base(i.Name)
	pw := password()
	require.NoError(t, server.Exec(t.Context(), "postgres", "CREATE DATABASE "+i.Database))
	require.NoError(t, server.Exec(t.Context(), i.Database, sql))
	require.NoError(t, server.Exec(t.Context(), "postgres", "CREATE ROLE "+i.user()+" LOGIN PASSWORD '"+pw.Reveal()+"' IN ROLE pg_read_all_data"))
	i.Secret = w.env.Azure.KeyVault.SecretURL(i.secretName())
	w.env.Azure.KeyVault.SetSecret(i.secretName(), server.URI(i.Database, i.user(), pw))
	w.apply(t, i)
	return i
}
