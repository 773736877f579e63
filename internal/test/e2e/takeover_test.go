package e2e_test

import (
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
)

// The worker is suspended. Its connections stay open, so Temporal may give it
// the step a second time.
func TestHungWorkerIsReplaced(t *testing.T) {
	t.Parallel()
	w, proxy := newGatedWorld(t)
	i := w.protected(t, bulk(32))
	hung := w.startWorker(t, smallBuffers)
	held, release := hold(t, proxy, stagedAfter(i, 1))
	id := w.start(t, "backup", i.Name)
	await(t, held, hung)
	w.startWorker(t, smallBuffers)
	hung.pause(t)
	step := w.takeover(t, hung, i.workID(), "Dump")
	require.LessOrEqual(t, step.GetAttempt(), int32(3), "the hung worker has one poll that takes the step again")
	release()
	require.NoError(t, w.awaitEnd(t, id))
	hung.resume(t)
	w.onePoint(t, i)
}

// The worker is killed while it deletes the blobs of a cancelled job.
func TestWorkerKilledInCleanUp(t *testing.T) {
	t.Parallel()
	w, proxy := newGatedWorld(t)
	i := w.protected(t, bulk(32))
	first := w.startWorker(t, smallBuffers)
	dumping, letDump := hold(t, proxy, stagedAfter(i, 1))
	id := w.start(t, "backup", i.Name)
	await(t, dumping, first)
	removing, letRemove := hold(t, proxy, func(r *http.Request) bool {
		return r.URL.Query().Get("comp") == "list" && strings.HasPrefix(r.URL.Query().Get("prefix"), pointsOf(i))
	})
	require.NoError(t, w.temporal.CancelWorkflow(t.Context(), id, ""))
	await(t, removing, first)
	w.startWorker(t, smallBuffers)
	first.kill(t)
	step := w.takeover(t, first, i.workID(), "DiscardAttempt")
	require.EqualValues(t, 2, step.GetAttempt())
	letDump()
	letRemove()
	require.Error(t, w.awaitEnd(t, id))
	w.nothingLeft(t, i)
}

// takeover waits until another worker than gone does a step of a workflow, and
// logs how long that took.
func (w *world) takeover(t *testing.T, gone *worker, id, name string) (step *workflowpb.PendingActivityInfo) {
	t.Helper()
	since := time.Now()
	prefix := strconv.Itoa(gone.cmd.Process.Pid) + "@"
	eventually(t, func() bool {
		step = w.pending(t, id)
		return step.GetActivityType().GetName() == name && step.GetState() == enumspb.PENDING_ACTIVITY_STATE_STARTED &&
			!strings.HasPrefix(step.GetLastWorkerIdentity(), prefix)
	}, "no other worker takes over %s", name)
	t.Logf("%s taken over after %s by attempt %d", name, time.Since(since).Round(100*time.Millisecond), step.GetAttempt())
	return step
}

// pause suspends the worker's process until it is resumed or the test ends.
func (p *worker) pause(t *testing.T) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGSTOP))
	t.Cleanup(func() { p.resume(t) })
}

func (p *worker) resume(t *testing.T) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGCONT))
}
