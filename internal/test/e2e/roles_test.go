package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
)

// Each role has a worker of its own. Those for backups and restores cannot
// delete, and need not.
func TestSeparateDuties(t *testing.T) {
	t.Parallel()
	w, proxy := newGatedWorld(t)
	proxy.Forbid(func(r *http.Request) bool { return r.Method == http.MethodDelete })
	backup := w.startWorker(t, smallBuffers, "PGVAULT_ROLES=backup")
	w.startWorker(t, "PGVAULT_ROLES=restore")
	i := w.protected(t, bulk(32))
	point := w.backup(t, i)
	w.ok(t, "restore", i.Name, "--to-container", w.elsewhere(t).env.VaultURL, "--prefix", "roles-"+i.Database+"/")

	sweep := w.start(t, "sweep")
	held, release := hold(t, proxy, stagedAfter(i, 1))
	cancelled := w.start(t, "backup", i.Name)
	await(t, held, backup)
	require.NoError(t, w.temporal.CancelWorkflow(t.Context(), cancelled, ""))
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, w.status(t, sweep), "nobody is there to delete")

	w.startWorker(t, "PGVAULT_ROLES=prune", "PGVAULT_VAULT="+w.env.VaultURL)
	release()
	require.Error(t, w.awaitEnd(t, cancelled))
	require.NoError(t, w.awaitEnd(t, sweep))
	require.Equal(t, []string{point}, w.points(t, i))
	for _, name := range w.blobs(t, pointsOf(i)) {
		require.True(t, strings.HasPrefix(name, pointsOf(i)+point+"/"), "what the cancelled job had stored is gone: %s", name)
	}
	w.ok(t, "delete", i.Name, "--point", point, "--wait")
}
