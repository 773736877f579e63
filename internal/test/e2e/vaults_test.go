package e2e_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// secondVault returns a vault with the same instance as w, which belongs to
// another namespace.
func (w *world) secondVault(t *testing.T, i instance) *world {
	t.Helper()
	other := newWorld(t, map[string]string{"PGVAULT_VAULT": localenvtest.Container(t)})
	other.apply(t, i)
	return other
}

// Two vaults have workers in one namespace. The worker of one touches no job of
// the other, and ends when it is found where it does not belong.
func TestTwoVaultsInOneNamespace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	i := w.unprotected(t, "CREATE TABLE orders AS SELECT generate_series(1, 10) AS id")
	w.exec(t, i.Database, "GRANT pg_read_all_data TO "+i.user())
	other := w.secondVault(t, i)
	theirs := []string{"PGVAULT_VAULT=" + other.vars["PGVAULT_VAULT"]}

	// It starts before the namespace has an owner.
	stray := w.beginWorker(t, theirs...)
	t.Cleanup(func() { keepLog(t, "worker", stray.output.Bytes()) })
	stray.awaitReady(t)
	w.apply(t, i)
	byHand := "by-hand-" + i.Database
	_, err := w.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: byHand, TaskQueue: "pgvault"}, "Backup", map[string]string{"instance": i.Name})
	require.NoError(t, err)
	<-stray.done
	require.Equal(t, 1, stray.cmd.ProcessState.ExitCode())
	require.Contains(t, string(stray.output.Bytes()), "UserErrorNamespaceOfAnotherVault")

	refused := w.beginWorker(t, theirs...)
	<-refused.done
	require.Equal(t, 1, refused.cmd.ProcessState.ExitCode())
	for _, text := range []string{w.namespace, w.vars["PGVAULT_VAULT"], other.vars["PGVAULT_VAULT"], "TEMPORAL_NAMESPACE"} {
		require.Contains(t, string(refused.output.Bytes()), text)
	}
	require.NotContains(t, string(refused.output.Bytes()), "the worker is ready")

	w.startWorker(t)
	require.NoError(t, w.awaitEnd(t, byHand))
	require.Len(t, w.points(t, i), 1)
	elsewhere := *w.env
	elsewhere.VaultURL = other.vars["PGVAULT_VAULT"]
	there := &world{env: &elsewhere}
	require.Empty(t, there.blobs(t, pointsOf(i)))
	for _, name := range there.blobs(t, "") {
		require.False(t, strings.HasPrefix(name, "jobs/"), name)
	}
}

// A worker that starts before the first apply reports what is missing, and
// works after the apply.
func TestWorkerBeforeTheFirstApply(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"PGVAULT_VAULT": localenvtest.Container(t)})
	p := w.startWorker(t)
	require.Contains(t, string(p.output.Bytes()), "has no ID yet")
	require.Contains(t, string(p.output.Bytes()), "pgvault apply -f pgvault.yaml")
	i := w.unprotected(t, "")
	w.exec(t, i.Database, "GRANT pg_read_all_data TO "+i.user())
	r := w.pgvaultWith(t, w.withoutVault(), "backup", i.Name, "--wait")
	require.Equal(t, 1, r.Code, r.Stdout+r.Stderr)
	require.Contains(t, r.Stderr, "UserErrorInvalidConfiguration")
	w.apply(t, i)
	w.ok(t, "backup", i.Name, "--wait")
}
