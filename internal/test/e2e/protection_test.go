package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The protection of an instance is stopped and resumed, with all consequences.
func TestProtection(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.startWorker(t)
	i := w.protected(t, "CREATE TABLE t (i int)")
	old, latest := w.oldPoint(t, i), w.backup(t, i)

	paused := func() bool {
		found, err := w.temporal.ScheduleClient().GetHandle(t.Context(), "backup/"+i.Name).Describe(t.Context())
		require.NoError(t, err)
		return found.Schedule.State.Paused
	}
	stopped := w.pgvault(t, "stop", i.Name, "--retain-forever", "--reason", "moved", "--wait")
	require.Zero(t, stopped.Code, stopped.Stderr)
	require.Contains(t, stopped.Stdout, "stopped, retain forever (before: protected)")
	require.Equal(t, "moved", w.record(t, jobID(t, stopped))["reason"])
	require.True(t, paused())
	require.Contains(t, w.failing(t, "UserErrorProtectionStopped", "backup", i.Name, "--wait"), "pgvault resume "+i.Name)
	w.apply(t)
	require.True(t, paused(), "apply resumes nothing")
	require.Regexp(t, "^keep retained for ever", w.sweep(t)[i.Name+" "+old])

	w.ok(t, "resume", i.Name, "--wait")
	require.False(t, paused())
	require.Regexp(t, "^remove expired", w.sweep(t, "--dry-run")[i.Name+" "+old])
	newest := w.backup(t, i)

	refused := w.pgvault(t, "stop", i.Name, "--delete-data", "--confirm", "shop")
	require.Equal(t, 2, refused.Code)
	require.Contains(t, refused.Stderr, i.Name)
	require.NotContains(t, w.states(t, i)[latest], "deleted")
	w.ok(t, "stop", i.Name, "--delete-data", "--confirm", i.Name, "--wait")
	for point, state := range w.states(t, i) {
		require.Contains(t, state, "deleted", point)
	}
	require.Contains(t, w.failing(t, "UserErrorRecoveryPointSoftDeleted", "restore", i.Name, "--wait",
		"--to-container", w.elsewhere(t).env.VaultURL, "--prefix", "gone-"+i.Database+"/"), "pgvault undelete "+i.Name+" --point "+newest)
	w.ok(t, "undelete", i.Name, "--point", newest, "--wait")
	for _, point := range []string{old, latest} {
		w.endTerm(t, i, point)
	}
	w.sweep(t)
	require.Equal(t, map[string]string{newest: "good"}, w.states(t, i), "the term has ended for the others, be they the last")
	w.ok(t, "resume", i.Name, "--wait")
	w.backup(t, i)
}

// A backup that commits while all data is being deleted leaves nothing behind.
func TestDeletingDataUnderARunningBackup(t *testing.T) {
	t.Parallel()
	w, proxy := newGatedWorld(t)
	p := w.startWorker(t, smallBuffers)
	i := w.protected(t, bulk(32))
	held, release := hold(t, proxy, stagedAfter(i, 1))
	backup := w.start(t, "backup", i.Name)
	await(t, held, p)
	w.ok(t, "stop", i.Name, "--delete-data", "--confirm", i.Name, "--wait")
	release()
	require.ErrorContains(t, w.awaitEnd(t, backup), "stopped, data deleted")
	require.Equal(t, "UserErrorProtectionStopped", w.attributes(t, backup)["PgvaultErrorCode"])
	states := w.states(t, i)
	require.Len(t, states, 1)
	for _, state := range states {
		require.Contains(t, state, "deleted")
	}
}
