package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/progress"
)

// The storage refuses a dump that has reported progress. The rerun repeats the
// signals of that run, and its card ignores them.
func TestRerunOfADumpThatToldItsProgress(t *testing.T) {
	t.Parallel()
	w, proxy := newGatedWorld(t)
	p := w.startWorker(t, smallBuffers)
	i := w.protected(t, bulk(32))
	held, release := hold(t, proxy, stagedAfter(i, 1))
	id := w.start(t, "backup", i.Name)
	await(t, held, p)
	before := w.described(t, i.workID()).GetWorkflowExecutionInfo().GetExecution().GetRunId()
	eventually(t, func() bool { return w.told(t, i)[before] > 0 }, "the dump tells no progress")
	// An attempt so late that nothing of the rerun's would count after it.
	require.NoError(t, w.temporal.SignalWorkflow(t.Context(), i.workID(), "", jobs.ProgressSignal, jobs.StepProgress{
		Snapshot: progress.Snapshot{Phase: "old", Bytes: 7 << 40, Total: 8 << 40}, Step: "Dump", RunID: before, Attempt: 99,
	}))
	eventually(t, func() bool { return strings.Contains(w.card(t, i.workID()), "attempt 99: old, 7.0 TiB") }, "the card does not show the run's own signal")
	allow := proxy.Forbid(func(r *http.Request) bool {
		return r.Method == http.MethodPut && r.URL.Query().Get("comp") == "block"
	})
	release()
	require.Error(t, w.awaitEnd(t, id))

	allow()
	held, release = hold(t, proxy, stagedAfter(i, 1))
	require.Contains(t, w.ok(t, "rerun", id), i.workID()+" goes on from step dump")
	await(t, held, p)
	after := w.described(t, i.workID()).GetWorkflowExecutionInfo().GetExecution().GetRunId()
	require.NotEqual(t, before, after)
	require.GreaterOrEqual(t, w.told(t, i)[before], 2, "the reset has brought the old signals")
	eventually(t, func() bool { return w.told(t, i)[after] > 0 }, "the rerun's dump tells no progress")
	eventually(t, func() bool { return showsProgress.MatchString(w.card(t, i.workID())) }, "the card does not show the rerun's progress")
	require.NotContains(t, w.card(t, i.workID()), "attempt 99")
	release()
	require.NoError(t, w.awaitEnd(t, i.workID()))
	w.onePoint(t, i)
	require.Regexp(t, `\| dump \| done \| .* stored \|`, w.card(t, i.workID()))
	require.NotContains(t, w.card(t, i.workID()), "TiB")
	eventually(t, func() bool { return w.record(t, id)["outcome"] == "completed" }, "the job's record does not tell its final outcome")
	require.Contains(t, w.ok(t, "replay", i.workID()), "Replayed: this version does the same.")
}

// told returns the number of progress signals in the history of an instance's
// work, by run.
func (w *world) told(t *testing.T, i instance) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, event := range w.history(t, i.workID()) {
		signal := event.GetWorkflowExecutionSignaledEventAttributes()
		if signal.GetSignalName() != jobs.ProgressSignal {
			continue
		}
		var told jobs.StepProgress
		require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(signal.GetInput(), &told))
		counts[told.RunID]++
	}
	return counts
}
