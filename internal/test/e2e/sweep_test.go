package e2e_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/secret"

	printed "github.com/pgvault/pgvault/starter/cli/document"
)

// A sweep removes expired points and nothing else. Each sweep covers the whole
// vault, so tests whose sweeps delete have a vault of their own.
func TestSweep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.startWorker(t)
	two, alone, held := w.protected(t, ""), w.protected(t, ""), w.protected(t, "")
	oldTwo, freshTwo, latestTwo := w.oldPoint(t, two), w.backup(t, two), w.backup(t, two)
	oldAlone := w.oldPoint(t, alone)
	oldHeld, freshHeld := w.oldPoint(t, held), w.backup(t, held)
	orphan := strings.Replace(freshTwo, freshTwo[:8], "20250101", 1)
	w.put(t, pointsOf(two)+orphan+"/dump-0123abcd-1.dump", []byte("half"), nil)
	restore, endRestore := w.hangingRestore(t, held, oldHeld)

	ours := func() []string {
		return slices.Concat(w.blobs(t, pointsOf(two)), w.blobs(t, pointsOf(alone)), w.blobs(t, pointsOf(held)))
	}
	t.Run("a dry run gives the reasons and removes nothing", func(t *testing.T) {
		before := ours()
		found := w.sweep(t, "--dry-run")
		require.Equal(t, before, ours())
		require.Regexp(t, "^remove expired", found[two.Name+" "+oldTwo])
		require.Regexp(t, "^keep not expired", found[two.Name+" "+freshTwo])
		require.Regexp(t, "^keep last good point", found[two.Name+" "+latestTwo])
		require.Regexp(t, "^keep young orphan", found[two.Name+" "+orphan])
		require.Regexp(t, "^keep last good point", found[alone.Name+" "+oldAlone])
		require.Regexp(t, "^keep held.*"+restore, found[held.Name+" "+oldHeld])
		require.Regexp(t, "^keep", found[held.Name+" "+freshHeld])
		// The report is also a table for people.
		require.Regexp(t, oldTwo+` +would delete +expired`, w.ok(t, "sweep", "--dry-run", "--wait"))
	})
	t.Run("what has expired is deleted", func(t *testing.T) {
		w.sweep(t)
		states := w.states(t, two)
		require.Equal(t, "deleted", states[oldTwo])
		require.Equal(t, "good", states[freshTwo])
		require.Len(t, w.blobs(t, pointsOf(two)+orphan), 1, "an orphan has its grace")
		require.Equal(t, "good", w.states(t, alone)[oldAlone], "the last good point is never deleted by a sweep")
		require.Equal(t, map[string]string{oldHeld: "held", freshHeld: "good"}, w.states(t, held), "what is being restored stays")
	})
	t.Run("and can be brought back", func(t *testing.T) {
		restore := []string{"restore", two.Name, "--point", oldTwo, "--wait", "--to-container", w.elsewhere(t).env.VaultURL, "--prefix", "back-" + two.Database + "/"}
		require.Contains(t, w.failing(t, "UserErrorRecoveryPointSoftDeleted", restore...), "pgvault undelete "+two.Name+" --point "+oldTwo)
		require.Contains(t, w.ok(t, "undelete", two.Name, "--point", oldTwo, "--wait"), "is back, and kept until")
		require.Regexp(t, "^keep not expired", w.sweep(t)[two.Name+" "+oldTwo], "the next sweep leaves it alone")
		w.ok(t, restore...)
	})
	t.Run("what a person deletes is purged after the term", func(t *testing.T) {
		deleted := w.pgvault(t, "delete", two.Name, "--point", oldTwo, "--reason", "of no use", "--wait")
		require.Zero(t, deleted.Code, deleted.Stderr)
		require.Contains(t, deleted.Stdout, "pgvault undelete "+two.Name+" --point "+oldTwo)
		job := jobID(t, deleted)
		require.Equal(t, "of no use", w.record(t, job)["reason"])
		require.NotEmpty(t, w.record(t, job)["identity"])
		require.Regexp(t, "^keep soft-deleted", w.sweep(t)[two.Name+" "+oldTwo])
		w.endTerm(t, two, oldTwo)
		require.Regexp(t, "^remove purged", w.sweep(t)[two.Name+" "+oldTwo])
		require.Empty(t, w.blobs(t, pointsOf(two)+oldTwo))
		require.ElementsMatch(t, []string{freshTwo, latestTwo}, w.points(t, two))
	})
	t.Run("a hold ends with its job", func(t *testing.T) {
		require.NoError(t, w.temporal.CancelWorkflow(t.Context(), restore, ""))
		endRestore()
		require.Error(t, w.awaitEnd(t, restore))
		w.sweep(t)
		require.Equal(t, []string{freshHeld}, w.points(t, held))
		require.Empty(t, w.blobs(t, pointsOf(held)+oldHeld))
	})
}

// states returns the states of an instance's points in `pgvault points`.
func (w *world) states(t *testing.T, i instance) map[string]string {
	t.Helper()
	states := map[string]string{}
	for _, p := range w.listed(t, i) {
		states[p.ID] = string(p.State)
	}
	return states
}

// listed returns an instance's points as `pgvault points` lists them.
func (w *world) listed(t *testing.T, i instance) []printed.Point {
	t.Helper()
	var answer printed.Points
	require.NoError(t, json.Unmarshal([]byte(w.ok(t, "points", i.Name, "-o", "json")), &answer))
	return answer.Points
}

// endTerm makes a tombstone one whose term has ended. It turns soft delete off, since
// a term is otherwise never shorter than the vault's.
func (w *world) endTerm(t *testing.T, i instance, point string) {
	t.Helper()
	past := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	state := fmt.Sprintf(`{"at":%q,"until":%q,"job":"test"}`, past, past)
	w.put(t, pointsOf(i)+point+"/tombstone.json", []byte(state), map[string]*string{"state": to.Ptr(url.QueryEscape(state))})
	const off = "  softDelete: off\n"
	if !strings.Contains(w.settings, off) {
		w.settings += off
		w.apply(t)
	}
}

// sweep sweeps and returns the decisions by instance and point.
func (w *world) sweep(t *testing.T, more ...string) map[string]string {
	t.Helper()
	var answer printed.JobOf[printed.Sweep]
	require.NoError(t, json.Unmarshal([]byte(w.ok(t, append([]string{"sweep", "--wait", "-o", "json"}, more...)...)), &answer))
	found := map[string]string{}
	for _, d := range answer.Result.Decisions {
		verb := "remove "
		if d.Action == printed.Keep {
			verb = "keep "
		}
		found[d.Instance+" "+d.Point] = verb + d.Reason
	}
	return found
}

// oldPoint makes a real point whose scheduled time and expiry are long past.
func (w *world) oldPoint(t *testing.T, i instance) string {
	t.Helper()
	id := i.workID()
	run, err := w.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: "pgvault"}, "BackupRun", map[string]any{
		"instance": i.Name, "scheduled": time.Now().AddDate(0, 0, -60),
		"job": map[string]string{"id": id}, "trigger": map[string]string{"kind": "on-demand"},
	})
	require.NoError(t, err)
	var made struct{ Point string }
	require.NoError(t, run.Get(t.Context(), &made))
	return made.Point
}

// hangingRestore starts a restore to a server that accepts connections and says
// nothing, and waits until it holds its point. end fails its attempt.
func (w *world) hangingRestore(t *testing.T, i instance, point string) (id string, end func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	accepted := make(chan net.Conn, 100)
	go func() {
		defer close(accepted)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			accepted <- conn
		}
	}()
	stop := func() {
		_ = listener.Close()
		for conn := range accepted {
			_ = conn.Close()
		}
	}
	t.Cleanup(stop)
	name := "silent-" + i.Database
	w.env.Azure.KeyVault.SetSecret(name, secret.New(jsonSecret(t, "somebody", password().Reveal())))
	id = w.start(t, "restore", i.Name, "--point", point, "--to-server", listener.Addr().String(), "--to-database", "never",
		"--secret", w.env.Azure.KeyVault.SecretURL(name))
	first := <-accepted
	t.Cleanup(func() { _ = first.Close() })
	return id, func() {
		stop()
		_ = first.Close()
	}
}
