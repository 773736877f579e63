package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
)

// estateNow is what the tests read of `pgvault status -o json`.
type estateNow struct {
	Well  bool
	Vault struct {
		Unseen []string
	}
	Instances []struct {
		Name       string
		Freshness  string
		Protection struct{ State, By string }
		LastGood   struct{ Point string }
		Damaged    []string
		Problems   []struct{ Kind, Remedy string }
	}
}

// estate returns the state of the vault, or of one instance, and checks that the exit
// status fits.
func (w *world) estate(t *testing.T, instances ...string) estateNow {
	t.Helper()
	r := w.pgvault(t, append([]string{"status", "-o", "json"}, instances...)...)
	var e estateNow
	require.NoError(t, json.Unmarshal([]byte(r.Stdout), &e), "%s%s", r.Stdout, r.Stderr)
	require.Equal(t, e.Well, r.Code == 0, "exit status %d: %s", r.Code, r.Stdout)
	return e
}

// TestStatus follows an instance from its definition through a backup, a forgotten
// pause, damage and a stop.
func TestStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.startWorker(t)
	i := w.protected(t, "CREATE TABLE t AS SELECT generate_series(1, 1000) AS n")
	schedule := w.temporal.ScheduleClient().GetHandle(t.Context(), "backup/"+i.Name)
	at := func(freshness string, well bool, kinds ...string) estateNow {
		t.Helper()
		var e estateNow
		require.Eventually(t, func() bool {
			e = w.estate(t, i.Name)
			var got []string
			for _, p := range e.Instances[0].Problems {
				got = append(got, p.Kind)
			}
			return e.Instances[0].Freshness == freshness && e.Well == well && slices.Equal(got, kinds)
		}, patience, look, "not %s, %v, %v: %+v", freshness, well, kinds, &e)
		return e
	}
	at("waiting", true)
	point := w.backup(t, i)
	require.Equal(t, point, at("fresh", true).Instances[0].LastGood.Point)

	require.NoError(t, schedule.Pause(t.Context(), client.SchedulePauseOptions{Note: "maintenance"}))
	paused := at("fresh", false, "not-scheduled")
	require.Equal(t, "not-scheduled", paused.Instances[0].Protection.State)
	require.Contains(t, paused.Instances[0].Problems[0].Remedy, "backup/"+i.Name)
	require.Contains(t, w.ok(t, "validate", i.Name), "no backups are started: schedule backup/"+i.Name+" is paused: maintenance")
	require.NoError(t, schedule.Unpause(t.Context(), client.ScheduleUnpauseOptions{}))
	at("fresh", true)

	second := w.backup(t, i)
	for _, name := range w.blobs(t, pointsOf(i)+second+"/dump-") {
		_, err := w.container(t).NewBlobClient(name).Delete(t.Context(), nil)
		require.NoError(t, err)
	}
	damaged := at("fresh", false, "damaged").Instances[0]
	require.Equal(t, point, damaged.LastGood.Point, "a damaged point is no good one")
	require.Equal(t, []string{second}, damaged.Damaged)
	w.ok(t, "delete", i.Name, "--point", second, "--wait")
	at("fresh", true, "deleted")

	w.ok(t, "stop", i.Name, "--retain-forever", "--wait")
	require.Equal(t, "stopped", at("unwatched", true, "deleted").Instances[0].Protection.State)

	table := w.pgvault(t, "status")
	require.Zero(t, table.Code, table.Stderr)
	require.Regexp(t, i.Name+" +stopped +unwatched", table.Stdout)
	html := filepath.Join(t.TempDir(), "status.html")
	w.ok(t, "status", "--html", html)
	written, err := os.ReadFile(html)
	require.NoError(t, err)
	require.Contains(t, string(written), i.Name)
	unknown := w.pgvault(t, "status", i.Name+"x")
	require.Equal(t, 2, unknown.Code)
	require.Contains(t, unknown.Stderr, `did you mean "`+i.Name+`"`)
}

// TestStatusWithoutTemporal shows what the vault knows, and is not well.
func TestStatusWithoutTemporal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	i := w.protected(t, "")
	w.vars["TEMPORAL_ADDRESS"] = "127.0.0.1:1"
	e := w.estate(t)
	require.False(t, e.Well)
	require.Equal(t, i.Name, e.Instances[0].Name)
	require.Len(t, e.Vault.Unseen, 1)
	require.Contains(t, e.Vault.Unseen[0], "127.0.0.1:1")
}
