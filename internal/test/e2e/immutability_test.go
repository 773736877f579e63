package e2e_test

import (
	"net/http"
	"path"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"

	printed "github.com/pgvault/pgvault/starter/cli/document"
)

// setsPolicy matches requests that set immutability policies.
func setsPolicy(r *http.Request) bool { return r.URL.Query().Get("comp") == "immutabilityPolicies" }

func newImmutableWorld(t *testing.T) (*world, *localenv.Immutable) {
	t.Helper()
	env := localenvtest.Env(t)
	storage, err := localenv.StartImmutable(env.Azurite.URL, env.CA)
	require.NoError(t, err)
	t.Cleanup(storage.Stop)
	container := path.Base(env.VaultURL)
	storage.Enable(container)
	w := newWorldIn(t, env, map[string]string{"PGVAULT_VAULT": storage.URL + "/" + container})
	w.settings = "  immutability: locked\n"
	return w, storage
}

// locked requires that an instance has the given number of points and that all
// are locked.
func (w *world) locked(t *testing.T, i instance, points int) {
	t.Helper()
	listed := w.listed(t, i)
	require.Len(t, listed, points)
	for _, p := range listed {
		require.Equal(t, printed.Good, p.State, p.ID)
		require.True(t, p.LockedUntil.After(time.Now()), p.ID)
	}
}

// A backup locks its point, whatever happens meanwhile. If it cannot, the next
// sweep does.
func TestABackupLocksItsPoint(t *testing.T) {
	t.Parallel()
	w, storage := newImmutableWorld(t)
	p := w.startWorker(t)
	i := w.protected(t, "CREATE TABLE t (i int)")
	require.Contains(t, w.ok(t, "validate", i.Name), "all checks passed")
	w.backup(t, i)
	w.locked(t, i, 1)
	w.recordHistory(t, i.workID(), "backuprun_completed_locked")

	// The worker is killed between commit and lock.
	held, release := hold(t, storage.Proxy, setsPolicy)
	job := w.start(t, "backup", i.Name)
	await(t, held, p)
	p.kill(t)
	release()
	w.startWorker(t)
	require.NoError(t, w.awaitEnd(t, job))
	w.locked(t, i, 2)

	// The identity may not lock: the point is still a point, and the job says
	// so.
	undo := storage.Forbid(setsPolicy)
	checked := w.pgvault(t, "validate", i.Name)
	require.Equal(t, 1, checked.Code)
	require.Contains(t, checked.Stdout, "immutability: UserErrorMissingImmutabilityPermissions")
	require.Contains(t, checked.Stdout, "immutableStorage/runAsSuperUser/action")
	job = w.start(t, "backup", i.Name)
	require.NoError(t, w.awaitEnd(t, job))
	record := w.record(t, job)
	require.Equal(t, "completed", record["outcome"])
	require.Equal(t, "UserErrorMissingImmutabilityPermissions", record["code"])
	swept := w.pgvault(t, "sweep", "--wait")
	require.Zero(t, swept.Code, swept.Stderr)
	require.Contains(t, swept.Stderr, "recovery points stay without a lock")
	undo()

	swept = w.pgvault(t, "sweep", "--wait")
	require.Zero(t, swept.Code, swept.Stderr)
	require.Contains(t, swept.Stderr, "1 recovery points lacked a lock; 1 have been locked.")
	w.recordHistory(t, jobID(t, swept), "retentionsweep_completed_locks")
	w.locked(t, i, 3)

	// A deletion writes a tombstone, and nothing is purged before the lock
	// ends.
	deleted := w.points(t, i)[0]
	w.ok(t, "delete", i.Name, "--point", deleted, "--wait")
	w.endTerm(t, i, deleted)
	require.Regexp(t, "^keep locked", w.sweep(t)[i.Name+" "+deleted])
	w.ok(t, "undelete", i.Name, "--point", deleted, "--wait")
	w.locked(t, i, 3)
}
