package e2e_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	printed "github.com/pgvault/pgvault/starter/cli/document"
)

// state writes a blob beside a point in the form of pgvault's state blobs.
func (w *world) state(t *testing.T, i instance, point, name string, state map[string]any) {
	t.Helper()
	content, err := json.Marshal(state)
	require.NoError(t, err)
	w.put(t, pointsOf(i)+point+"/"+name, content, map[string]*string{"state": to.Ptr(url.QueryEscape(string(content)))})
}

// archived makes a point whose time in the standard tier has ended, and sweeps.
func (w *world) archived(t *testing.T, i instance) string {
	t.Helper()
	point := w.backup(t, i)
	w.state(t, i, point, "retention.json", map[string]any{
		"policy": "p", "rule": "Yearly", "archiveAt": time.Now().Add(-time.Hour).UTC(), "expires": time.Now().AddDate(1, 0, 0).UTC(),
	})
	require.Regexp(t, "^keep last good point.*moves to the archive tier", w.sweep(t)[i.Name+" "+point])
	require.Equal(t, printed.Archive, w.listedPoint(t, i, point).Tier)
	require.Equal(t, "good", w.states(t, i)[point], "it is as good as before")
	return point
}

func (w *world) listedPoint(t *testing.T, i instance, point string) printed.Point {
	t.Helper()
	points := w.listed(t, i)
	at := slices.IndexFunc(points, func(p printed.Point) bool { return p.ID == point })
	require.GreaterOrEqual(t, at, 0, "no point "+point)
	return points[at]
}

// The whole life of an archived point: a sweep archives it, restores rehydrate
// it, and a sweep deletes the copy when its time is over.
func TestArchivedPointIsRestored(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.startWorker(t)
	i := w.protected(t, "CREATE TABLE numbers AS SELECT generate_series(1, 1000) AS n")
	point := w.archived(t, i)
	require.Regexp(t, point+` .* archive +20`, w.ok(t, "points", i.Name), "people see tier and date")

	target := "thawed_" + i.Database
	id := jobID(t, ran{Stdout: w.restore(t, i, w.administrator(t), target)})
	require.Equal(t, "1000", w.query(t, target, "SELECT count(*) FROM numbers"))
	w.outcome(t, id, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, "restore_completed_archived")
	require.Empty(t, w.attributes(t, id)["PgvaultPhase"])
	first := w.listedPoint(t, i, point)
	require.Equal(t, printed.Archive, first.Tier)
	require.WithinDuration(t, time.Now().AddDate(0, 0, 15), first.Rehydration.Until, 10*time.Minute)

	prefix := "thawed-" + i.Database + "/"
	there := w.elsewhere(t)
	w.ok(t, "restore", i.Name, "--to-container", there.env.VaultURL, "--prefix", prefix, "--rehydrate-hold", "30d", "--rehydrate-priority", "high", "--wait")
	require.Len(t, there.blobs(t, prefix), 6)
	second := w.listedPoint(t, i, point)
	require.Equal(t, first.Rehydration.Copy, second.Rehydration.Copy, "the copy that is there serves it too")
	require.WithinDuration(t, time.Now().AddDate(0, 0, 30), second.Rehydration.Until, 10*time.Minute)

	w.sweep(t)
	require.Equal(t, second, w.listedPoint(t, i, point))
	w.state(t, i, point, "rehydration.json", map[string]any{"copy": first.Rehydration.Copy, "until": time.Now().Add(-time.Hour).UTC()})
	w.sweep(t)
	require.Nil(t, w.listedPoint(t, i, point).Rehydration)
	require.NotContains(t, w.blobs(t, pointsOf(i)+point), first.Rehydration.Copy)
	require.Equal(t, "good", w.states(t, i)[point])
}

// While the storage makes the copy, only the restore waits: its worker may end,
// and another one continues. A cancelled restore aborts the copy.
func TestRestoreWaitsForTheStorage(t *testing.T) {
	t.Parallel()
	w, proxy := newGatedWorld(t)
	slow := proxy.DelayRehydrations()
	first := w.startWorker(t)
	i := w.protected(t, "CREATE TABLE numbers AS SELECT generate_series(1, 1000) AS n")
	point := w.archived(t, i)
	there := w.elsewhere(t)
	restore := []string{"restore", i.Name, "--to-container", there.env.VaultURL, "--prefix", "thawed/"}

	cancelled := w.start(t, append(restore, "--rehydrate-priority", "high")...)
	w.awaitPhase(t, cancelled)
	require.Regexp(t, cancelled+` .*running, rehydrating since 20.* expected by 20`, w.ok(t, "jobs"), "people see what it waits for")
	require.NoError(t, w.temporal.CancelWorkflow(t.Context(), cancelled, ""))
	require.Error(t, w.awaitEnd(t, cancelled))
	w.outcome(t, cancelled, enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED, "restore_cancelled_rehydrating")
	require.Zero(t, slow.Pending(), "the copy is aborted")
	require.Nil(t, w.listedPoint(t, i, point).Rehydration)

	waiting := w.start(t, restore...)
	w.awaitPhase(t, waiting)
	first.kill(t)
	require.Equal(t, []string{"High", "Standard"}, slow.Asked())
	slow.Finish()
	w.startWorker(t)
	require.NoError(t, w.awaitEnd(t, waiting))
	w.outcome(t, waiting, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, "restore_completed_rehydrated")
	require.Len(t, there.blobs(t, "thawed/"), 6, "dump, block list, fingerprints, roles, manifest and its signed copy")
	require.NotEmpty(t, w.listedPoint(t, i, point).Rehydration.Copy)
}

// awaitPhase waits until a job's phase is set.
func (w *world) awaitPhase(t *testing.T, id string) {
	t.Helper()
	require.Eventually(t, func() bool { return w.attributes(t, id)["PgvaultPhase"] != "" }, patience, 200*time.Millisecond)
}
