package e2e_test

import (
	"path"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// TestTemporalAwayForLongerThanAHeartbeat: the server takes the attempt for lost
// when it comes back. The worker goes on with the same dump in the next one.
func TestTemporalAwayForLongerThanAHeartbeat(t *testing.T) {
	t.Parallel()
	env := localenvtest.Env(t)
	var err error
	env.Temporal, err = localenv.StartTemporal(t.Context(), localenv.TemporalOptions{})
	require.NoError(t, err)
	t.Cleanup(env.Temporal.Stop)
	proxy := gate(t, env)
	w := newWorldIn(t, env, map[string]string{"PGVAULT_VAULT": proxy.URL + "/" + path.Base(env.VaultURL)})
	i := w.protected(t, bulk(32))
	p := w.startWorker(t, smallBuffers)
	held, release := hold(t, proxy, stagedAfter(i, 1))
	id := w.start(t, "backup", i.Name)
	await(t, held, p)
	sessions := w.sessions(t, i.Database)
	timeout := w.heartbeatTimeout(t, i.workID())
	require.Positive(t, timeout)
	env.Temporal.Halt()
	// The server counts from the last heartbeat that it has seen, which was before.
	lost := time.Now().Add(timeout)
	eventually(t, func() bool { return time.Now().After(lost) }, "the clock stands still")
	require.NoError(t, env.Temporal.Start(t.Context()))
	eventually(t, func() bool { return w.pending(t, i.workID()).GetAttempt() == 2 }, "the server does not take the attempt for lost")
	release()
	require.NoError(t, w.awaitEnd(t, id))
	point := w.onePoint(t, i)
	require.True(t, strings.HasSuffix(w.manifest(t, i, point).at(t, "dump.blob"), "-1.dump"), "the work is not done again")
	require.NotEmpty(t, sessions)
}
