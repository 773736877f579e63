package e2e_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/proto"
)

func TestRerunGoesOnAtTheFailedStep(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.unprotected(t, "CREATE TABLE open (i int); CREATE TABLE closed (i int); INSERT INTO closed VALUES (7)")
	w.exec(t, i.Database, "GRANT SELECT ON open TO "+i.user())
	w.apply(t, i)
	failed := w.pgvault(t, "backup", i.Name, "--wait")
	require.Equal(t, 1, failed.Code)
	require.Contains(t, failed.Stderr, "UserErrorMissingDBPermissions")
	require.Contains(t, failed.Stderr, "closed")
	require.NotContains(t, failed.Stderr, `"open"`)
	id := jobID(t, failed)
	require.Contains(t, failed.Stderr, "pgvault rerun "+id)
	require.Empty(t, w.blobs(t, pointsOf(i)), "nothing is dumped before all checks have passed")
	require.Equal(t, "failed", w.record(t, id)["outcome"])
	before := w.history(t, i.workID())
	reads := w.env.Azure.KeyVault.Reads(i.secretName())

	w.exec(t, i.Database, "GRANT SELECT ON closed TO "+i.user())
	out := w.ok(t, "rerun", id, "--wait")
	require.Contains(t, out, i.workID()+" goes on from step validate")
	require.Contains(t, out, "kept: plan\n  kept: fetch secret\n")

	w.onePoint(t, i)
	after := w.history(t, i.workID())
	for _, step := range []string{"Plan", "FetchSecret"} {
		requireSameStep(t, done(t, before, step), done(t, after, step))
		require.EqualValues(t, 1, done(t, after, step).number)
	}
	require.Equal(t, 4, w.env.Azure.KeyVault.Reads(i.secretName())-reads, "two by Validate, one by Dump, one by DumpRoles, none by FetchSecret")
	require.Equal(t, "completed", w.record(t, id)["outcome"], "the job's record tells its final outcome")

	refused := w.failing(t, "UserErrorInvalidInput", "rerun", id)
	require.Contains(t, refused, "it is completed")
}

// requireSameStep requires that a step was not repeated: the reset run has the
// same events as the first one.
func requireSameStep(t *testing.T, before, after attempt) {
	t.Helper()
	for _, pair := range [][2]*historypb.HistoryEvent{{before.scheduled, after.scheduled}, {before.started, after.started}, {before.completed, after.completed}} {
		require.Equal(t, pair[0].GetEventId(), pair[1].GetEventId())
		require.True(t, pair[0].GetEventTime().AsTime().Equal(pair[1].GetEventTime().AsTime()))
	}
	require.True(t, proto.Equal(before.result, after.result))
}

func TestRerunRefusesAJobThatDidNotFail(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.protected(t, "CREATE TABLE t (i int)")
	id := jobID(t, ran{Stdout: w.ok(t, "backup", i.Name, "--wait")})
	require.Contains(t, w.failing(t, "UserErrorInvalidInput", "rerun", id), "it is completed")
	require.Contains(t, w.failing(t, "UserErrorInvalidInput", "rerun", "backup/nothing"), "backup/nothing")
}

func TestReplayTellsWhatAJobDid(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.protected(t, "CREATE TABLE t (i int)")
	id := jobID(t, ran{Stdout: w.ok(t, "backup", i.Name, "--wait")})
	for _, job := range []string{id, i.workID()} {
		out := w.ok(t, "replay", job)
		require.Contains(t, out, "completed")
		require.Contains(t, out, "Replayed: this version does the same.")
	}
	file := filepath.Join(t.TempDir(), "history.json")
	told := w.ok(t, "replay", i.workID(), "--export", file)
	require.Contains(t, told, "Dump")
	require.Equal(t, told, w.ok(t, "replay", "--file", file))
}
