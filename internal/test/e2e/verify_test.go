package e2e_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/converter"

	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// dumpOf returns the name of a point's dump.
func (w *world) dumpOf(t *testing.T, i instance, point string) string {
	t.Helper()
	return w.manifest(t, i, point).at(t, "dump.blob")
}

// Undamaged points become good, and damaged ones stay damaged until the right
// bytes are back. A damaged point does not hide others.
func TestEveryOutcomeOfVerification(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.startWorker(t)
	i := w.protected(t, "CREATE TABLE numbers AS SELECT generate_series(1, 1000) AS n")
	older, newest := w.backup(t, i), w.backup(t, i)

	out := w.ok(t, "verify", i.Name, "--wait")
	require.Contains(t, out, "1 recovery point of "+i.Name+" is what was stored")
	id := jobID(t, ran{Stdout: out})
	w.outcome(t, id, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, "verify_completed")
	require.Equal(t, newest, w.attributes(t, id)["PgvaultPoint"], "the latest one")
	require.Equal(t, "Verify", w.attributes(t, id)["PgvaultOperation"])
	require.Equal(t, "completed", w.record(t, id)["outcome"])
	require.Regexp(t, `\| read back \| done \| .* \| 1 of 1 points, 1 good \|`, w.card(t, id))
	require.Equal(t, "good", w.document(t, pointsOf(i)+newest+"/verification.json").at(t, "outcome"))
	require.Contains(t, w.ok(t, "jobs", "--instance", i.Name), id)

	dump := w.dumpOf(t, i, newest)
	right := w.download(t.Context(), t, dump)
	wrong := append([]byte(nil), right...)
	wrong[len(wrong)-1] ^= 1
	w.put(t, dump, wrong, w.metadata(t, dump))
	require.Equal(t, map[string]string{newest: "copied", older: "good"}, w.states(t, i))
	all := w.start(t, "verify", i.Name, "--all")
	err := w.awaitEnd(t, all)
	require.ErrorContains(t, err, newest+": "+dump+": other bytes at offset ")
	require.NotContains(t, err.Error(), older)
	w.outcome(t, all, enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, "verify_failed_damaged")
	require.Equal(t, "VerificationFailed", w.attributes(t, all)["PgvaultErrorCode"])
	require.Equal(t, "VerificationFailed", w.record(t, all)["code"])
	require.Equal(t, map[string]string{newest: "damaged", older: "good"}, w.states(t, i))
	require.Equal(t, "good", w.document(t, pointsOf(i)+older+"/verification.json").at(t, "outcome"), "the others are read first")
	require.Contains(t, w.failing(t, "VerificationFailed", "verify", i.Name, "--point", newest, "--wait"), dump)

	w.put(t, dump, right, w.metadata(t, dump))
	require.Equal(t, "copied", w.states(t, i)[newest])
	all = w.start(t, "verify", i.Name, "--all")
	require.NoError(t, w.awaitEnd(t, all))
	w.outcome(t, all, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, "verify_completed_all")
	require.Equal(t, map[string]string{newest: "good", older: "good"}, w.states(t, i))

	w.ok(t, "delete", i.Name, "--point", newest, "--wait")
	w.failing(t, "UserErrorRecoveryPointSoftDeleted", "verify", i.Name, "--point", newest, "--wait")
	require.Contains(t, w.ok(t, "verify", i.Name, "--all", "--wait"), "1 recovery point", "what is deleted is not read")
}

// An archived dump is not read, and the result says so.
func TestVerificationOfAnArchivedPoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.startWorker(t)
	i := w.protected(t, "CREATE TABLE t (i int)")
	point := w.archived(t, i)
	require.Contains(t, w.ok(t, "verify", i.Name, "--all", "--wait"), "Not read, since the dump is in the archive tier: 1 ("+point+")")
	require.Equal(t, "good", w.states(t, i)[point])
}

// The whole vault is copied to another container. Its points can be restored at
// once, and are good after a verification.
func TestACopiedVaultIsUsable(t *testing.T) {
	t.Parallel()
	before := newWorld(t, nil)
	before.startWorker(t)
	i := before.protected(t, "CREATE TABLE numbers AS SELECT generate_series(1, 1000) AS n")
	older, newest := before.backup(t, i), before.backup(t, i)

	env := localenvtest.Env(t)
	require.NoError(t, env.Azurite.CopyContainer(t.Context(), before.env.VaultURL, env.VaultURL))
	w := newWorldIn(t, env, nil)
	w.startWorker(t)
	require.Equal(t, map[string]string{newest: "copied", older: "copied"}, w.states(t, i))
	require.Regexp(t, newest+" .* copied, not verified", w.ok(t, "points", i.Name))
	require.Regexp(t, "^keep last copied point", w.sweep(t, "--dry-run")[i.Name+" "+newest])

	target := "moved_" + i.Database
	require.Contains(t, w.restore(t, i, w.administrator(t), target), newest)
	require.Equal(t, "1000", w.query(t, target, "SELECT count(*) FROM numbers"))
	there := w.elsewhere(t)
	w.ok(t, "restore", i.Name, "--point", older, "--to-container", there.env.VaultURL, "--prefix", "files/", "--wait")
	require.Len(t, there.blobs(t, "files/"), 6)

	require.Contains(t, w.ok(t, "verify", i.Name, "--all", "--wait"), "2 recovery points")
	require.Equal(t, map[string]string{newest: "good", older: "good"}, w.states(t, i))
	require.Regexp(t, "^keep last good point", w.sweep(t, "--dry-run")[i.Name+" "+newest])
}

// Another worker continues where a killed one was.
func TestWorkerKilledInMidVerification(t *testing.T) {
	t.Parallel()
	w, proxy := newGatedWorld(t)
	first := w.startWorker(t, smallBuffers)
	i := w.protected(t, bulk(24))
	w.backup(t, i)
	reads := &reads{}
	held, release := hold(t, proxy, func(r *http.Request) bool {
		_, ok := reads.note(r, i)
		return ok && reads.count() > 2
	})
	id := w.start(t, "verify", i.Name)
	await(t, held, first)
	eventually(t, func() bool { return w.readBlocks(t, id) > 0 }, "no heartbeat holds blocks that were read")
	eventually(t, func() bool { return strings.Contains(w.card(t, id), "| read back | **running** |") }, "the card does not show the step")
	killed := time.Now()
	first.kill(t)
	w.startWorker(t, smallBuffers)
	release()
	require.NoError(t, w.awaitEnd(t, id))
	w.heartbeatLost(t, id, "VerifyPoint")
	t.Logf("taken over after %s", done(t, w.history(t, id), "VerifyPoint").started.GetEventTime().AsTime().Sub(killed))
	require.Equal(t, 1, reads.from(0), "it does not begin again at the first block")
}

// readBlocks returns the progress in the heartbeats of a verification.
func (w *world) readBlocks(t *testing.T, id string) int {
	t.Helper()
	var beat json.RawMessage
	var soFar struct {
		SoFar struct {
			Checkpoint struct {
				NextBlock int `json:"nextBlock"`
			} `json:"checkpoint"`
		} `json:"soFar"`
	}
	step := w.pending(t, id)
	if step.GetActivityType().GetName() != "VerifyPoint" || step.GetHeartbeatDetails() == nil {
		return 0
	}
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(step.GetHeartbeatDetails(), &beat))
	require.NoError(t, json.Unmarshal(beat, &soFar))
	return soFar.SoFar.Checkpoint.NextBlock
}
