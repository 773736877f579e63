package e2e_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
)

func TestJobCancelledInMidDump(t *testing.T) {
	t.Parallel()
	w, proxy := newGatedWorld(t)
	i := w.protected(t, bulk(32))
	p := w.startWorker(t, smallBuffers)
	held, _ := hold(t, proxy, stagedAfter(i, 1))
	id := w.start(t, "backup", i.Name)
	await(t, held, p)
	require.NotEmpty(t, w.sessions(t, i.Database))
	require.NoError(t, w.temporal.CancelWorkflow(t.Context(), id, ""))
	err := w.awaitEnd(t, id)
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED, w.status(t, id))
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED, w.status(t, i.workID()))
	w.nothingLeft(t, i)
	record := w.record(t, id)
	require.Equal(t, "cancelled", record["outcome"])
	require.Equal(t, "UserErrorJobCancelled", w.attributes(t, id)["PgvaultErrorCode"])
}

func TestRestoreCancelled(t *testing.T) {
	t.Parallel()
	w, proxy := newGatedWorld(t)
	i := w.protected(t, bulk(8))
	p := w.startWorker(t)
	point := w.backup(t, i)
	held, _ := holdBody(t, w, proxy, i, 1<<20)
	copied := i.Database + "_copy"
	w.dropLater(t, copied)
	id := w.start(t, "restore", i.Name, "--to-server", w.server(), "--to-database", copied, "--secret", w.administrator(t))
	await(t, held, p)
	half := w.unpublished(t, id)
	eventually(t, func() bool { return len(w.sessions(t, half)) == 1 }, "pg_restore is not at work")
	require.NoError(t, w.temporal.CancelWorkflow(t.Context(), id, ""))
	err := w.awaitEnd(t, id)
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	w.noProcess(t, half)
	require.Empty(t, w.databasesLike(t, half), "the half-restored database is dropped")
	require.Empty(t, w.databasesLike(t, copied))
	require.Empty(t, w.holds(t, i, point))
	require.Equal(t, "cancelled", w.record(t, id)["outcome"])
	require.Equal(t, point, w.onePoint(t, i), "the recovery point stays")
}

func TestDamagedDumpIsNoRecoveryPoint(t *testing.T) {
	t.Parallel()
	w, proxy := newGatedWorld(t)
	i := w.protected(t, bulk(1))
	p := w.startWorker(t)
	held, release := hold(t, proxy, func(r *http.Request) bool {
		_, ok := new(reads).note(r, i)
		return ok
	})
	id := w.start(t, "backup", i.Name)
	await(t, held, p)
	w.damage(t, i)
	release()
	require.ErrorContains(t, w.awaitEnd(t, id), "VerificationFailed")
	require.EqualValues(t, "VerificationFailed", w.attributes(t, id)["PgvaultErrorCode"])
	require.Empty(t, w.blobs(t, pointsOf(i)), "what is damaged is of no use to a rerun, and is removed")
}

func TestWorkerStoppedInMidDump(t *testing.T) {
	t.Parallel()
	w, proxy := newGatedWorld(t)
	i := w.protected(t, bulk(32))
	first := w.startWorker(t, smallBuffers)
	held, release := hold(t, proxy, stagedAfter(i, 1))
	id := w.start(t, "backup", i.Name)
	await(t, held, first)
	second := w.startWorker(t, smallBuffers)
	first.stop(t)
	require.Equal(t, 0, first.cmd.ProcessState.ExitCode(), "%s", first.output.Bytes())
	eventually(t, func() bool {
		step := w.pending(t, i.workID())
		return step.GetAttempt() == 2 && step.GetState() == enumspb.PENDING_ACTIVITY_STATE_STARTED
	}, "no other worker takes the dump over")
	release()
	require.NoError(t, w.awaitEnd(t, id))
	w.onePoint(t, i)
	dump := done(t, w.history(t, i.workID()), "Dump")
	require.EqualValues(t, 2, dump.number)
	require.Equal(t, "WorkerStopping", codeOf(dump.lastFailure))
	require.LessOrEqual(t, dump.lastFailure.GetApplicationFailureInfo().GetNextRetryDelay().AsDuration(), time.Second, "that is not at once")
	require.False(t, second.ended())
}

func TestTemporalRestartedInMidDump(t *testing.T) {
	t.Parallel()
	w, proxy := newWorldOfItsOwn(t)
	i := w.protected(t, bulk(32))
	p := w.startWorker(t, smallBuffers)
	held, release := hold(t, proxy, stagedAfter(i, 1))
	id := w.start(t, "backup", i.Name)
	await(t, held, p)
	require.Equal(t, http.StatusOK, p.probe(t, "/readyz").status)
	w.env.Temporal.Halt()
	eventually(t, func() bool { return p.probe(t, "/readyz").status == http.StatusServiceUnavailable }, "a worker without its Temporal server is ready")
	require.NoError(t, w.env.Temporal.Start(t.Context()))
	release()
	require.NoError(t, w.awaitEnd(t, id))
	w.onePoint(t, i)
	eventually(t, func() bool { return p.probe(t, "/readyz").status == http.StatusOK }, "the worker does not become healthy again")
}

func TestLockedTableIsTriedAgain(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.unprotected(t, "CREATE TABLE busy (i int)")
	w.exec(t, i.Database, "GRANT pg_read_all_data TO "+i.user())
	i.More = []string{"dump: {lockTimeout: 1s}"}
	w.apply(t, i)
	unlock := w.lock(t, i.Database, "busy")
	id := w.start(t, "backup", i.Name)
	w.awaitRetry(t, i.workID(), "Dump", "LockTimeout")
	unlock()
	require.NoError(t, w.awaitEnd(t, id))
	w.onePoint(t, i)
}

func TestRestoreStatementFails(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.unprotected(t, "CREATE TABLE orphan (i int)")
	ghost := "ghost_" + i.Database
	w.exec(t, i.Database, "CREATE ROLE "+ghost+"; CREATE POLICY theirs ON orphan TO "+ghost+"; GRANT pg_read_all_data TO "+i.user())
	w.apply(t, i)
	w.backup(t, i)
	w.exec(t, i.Database, "DROP POLICY theirs ON orphan; DROP ROLE "+ghost)
	copied := i.Database + "_copy"
	w.dropLater(t, copied)
	restore := []string{"restore", i.Name, "--to-server", w.server(), "--to-database", copied, "--secret", w.administrator(t), "--wait"}

	r := w.pgvault(t, restore...)
	require.Equal(t, 1, r.Code)
	require.Contains(t, r.Stderr, "UserErrorRestoreStatementFailed")
	require.Contains(t, r.Stderr, `CREATE POLICY "theirs" ON "public"."orphan" TO "`+ghost)
	id := jobID(t, r)
	require.Empty(t, w.databasesLike(t, copied))
	require.Empty(t, w.databasesLike(t, w.unpublished(t, id)), "the half-restored database is dropped")

	kept := w.pgvault(t, append(restore, "--keep-failed")...)
	require.Equal(t, 1, kept.Code)
	half := w.unpublished(t, jobID(t, kept))
	w.dropLater(t, half)
	require.Equal(t, []string{half}, w.databasesLike(t, half))

	w.exec(t, "postgres", "CREATE ROLE "+ghost)
	w.ok(t, "rerun", id, "--wait")
	require.Equal(t, ghost, w.query(t, copied, "SELECT roles[1]::text FROM pg_policies WHERE policyname = 'theirs'"))
}

func TestWorkerServesMetrics(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.startWorker(t)
	i := w.protected(t, "CREATE TABLE t (i int)")
	w.backup(t, i)
	metrics := p.get(t, "/metrics")
	for _, name := range []string{
		"temporal_num_pollers", "temporal_worker_task_slots_available", "temporal_activity_execution_latency",
		"temporal_workflow_completed", "process_resident_memory_bytes", "go_goroutines",
	} {
		require.Contains(t, metrics, name)
	}
	require.Contains(t, metrics, `activity_type="Dump"`)
}

// terminate ends the sessions in a database as an administrator does.
func (w *world) terminate(t *testing.T, database string) {
	t.Helper()
	pids := w.sessions(t, database)
	require.NotEmpty(t, pids, "no session dumps")
	for _, pid := range pids {
		w.query(t, "postgres", "SELECT pg_terminate_backend("+strconv.Itoa(int(pid))+")::text")
	}
}

// checkpoint returns the progress in the heartbeats of an instance's
// verification, in bytes.
func (w *world) checkpoint(t *testing.T, i instance) (c struct {
	Bytes int64 `json:"bytes"`
}) {
	t.Helper()
	var beat struct {
		Checkpoint json.RawMessage `json:"checkpoint"`
	}
	step := w.pending(t, i.workID())
	if step.GetActivityType().GetName() != "Verify" || step.GetHeartbeatDetails() == nil {
		return c
	}
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(step.GetHeartbeatDetails(), &beat))
	require.NoError(t, json.Unmarshal(beat.Checkpoint, &c))
	return c
}

// unpublished returns the name of a restore's database until it is published.
func (w *world) unpublished(t *testing.T, id string) string {
	t.Helper()
	run := w.described(t, id).GetWorkflowExecutionInfo().GetExecution().GetRunId()
	return "pgvault_restore_" + run[len(run)-12:]
}

// holds returns the names of a point's holds.
func (w *world) holds(t *testing.T, i instance, point string) (names []string) {
	t.Helper()
	return w.blobs(t, pointsOf(i)+point+"/hold-")
}

// shortHeartbeatLost requires that another worker did a short step whose first
// attempt stopped heartbeating.
func (w *world) shortHeartbeatLost(t *testing.T, id, step string) {
	t.Helper()
	found := done(t, w.history(t, id), step)
	require.EqualValues(t, 2, found.number)
	require.Equal(t, enumspb.TIMEOUT_TYPE_HEARTBEAT, found.lastFailure.GetTimeoutFailureInfo().GetTimeoutType(), "%s", found.lastFailure)
}

// heartbeatLost requires that another worker did a long step whose first attempt
// stopped heartbeating, after the first worker had been offered it for a while.
func (w *world) heartbeatLost(t *testing.T, id, step string) {
	t.Helper()
	found := done(t, w.history(t, id), step)
	require.Greater(t, found.number, int32(2))
	require.Contains(t, found.lastFailure.GetMessage(), "may still have the step's work")
}
