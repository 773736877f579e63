package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/pgvault/pgvault/internal/jobs"
)

// scrubs are settings of a scrub that no schedule starts during a test.
func scrubs(bytesPerRun string) string {
	return "  scrub: {every: 1y, bytesPerRun: " + bytesPerRun + `, schedule: {times: ["00:01"], days: [Sun]}}` + "\n"
}

// rewritten stores the dumps of points again. Nobody has read what is stored then,
// so that the points are due.
func (w *world) rewritten(t *testing.T, i instance, points ...string) {
	t.Helper()
	for _, point := range points {
		dump := w.dumpOf(t, i, point)
		w.put(t, dump, w.download(t.Context(), t, dump), w.metadata(t, dump))
	}
}

// scrubbed returns the result of a scrub that has completed.
func (w *world) scrubbed(t *testing.T, id string) (r jobs.ScrubResult) {
	t.Helper()
	require.NoError(t, w.awaitEnd(t, id))
	require.NoError(t, w.temporal.GetWorkflow(t.Context(), id, "").Get(t.Context(), &r))
	return r
}

// TestScrubReadsInTwoRunsAndNamesWhatIsDamaged: the schedule reads three points that
// are due, of which one run may read two. The first is damaged, and another point is
// in the archive tier.
func TestScrubReadsInTwoRunsAndNamesWhatIsDamaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.settings = scrubs("10MiB")
	w.startWorker(t)
	i := w.protected(t, bulk(2))
	archived := w.archived(t, i)
	first, second, third := w.backup(t, i), w.backup(t, i), w.backup(t, i)
	w.rewritten(t, i, first, second, third)
	dump := w.dumpOf(t, i, first)
	right := w.download(t.Context(), t, dump)
	require.Less(t, 2*len(right), 10<<20)
	require.Greater(t, 3*len(right), 10<<20)
	wrong := append([]byte(nil), right...)
	wrong[len(wrong)-1] ^= 1
	w.put(t, dump, wrong, w.metadata(t, dump))

	run := w.triggerNow(t, jobs.ScrubSchedule)
	err := w.awaitEnd(t, run)
	require.ErrorContains(t, err, "damaged recovery points: "+i.Name+" "+first+": "+dump+": other bytes at offset ")
	require.NotContains(t, err.Error(), second)
	w.outcome(t, run, enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, "scrub_failed_damaged")
	require.Equal(t, "VerificationFailed", w.attributes(t, run)["PgvaultErrorCode"])
	require.Equal(t, "Scrub", w.attributes(t, run)["PgvaultOperation"])
	require.Equal(t, "VerificationFailed", w.record(t, run)["code"])
	require.Equal(t, "schedule", w.record(t, run)["trigger"])
	require.Regexp(t, `\| read back \| done \| .* \| 2 points, .*, 1 good, 1 damaged \|`, w.card(t, run))
	require.Equal(t, map[string]string{archived: "good", first: "damaged", second: "good", third: "copied"}, w.states(t, i),
		"the third has to wait")

	run = w.triggerNow(t, jobs.ScrubSchedule)
	r := w.scrubbed(t, run)
	w.outcome(t, run, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, "scrub_completed")
	require.Equal(t, 1, r.Read(), "those of the run before are not due again")
	require.Equal(t, int64(len(right)), r.Bytes)
	require.Equal(t, map[string]string{archived: "good", first: "damaged", second: "good", third: "good"}, w.states(t, i))
	require.Equal(t, 3, r.Coverage.Points, "what is archived cannot be read")
	require.Equal(t, 3, r.Coverage.ReadPoints)
	require.Regexp(t, `0 recovery points read, 0 B: 0 good\nIn time: 3 of 3 recovery points \(100 %\)`, w.ok(t, "scrub", "--wait"))

	w.settings = ""
	w.apply(t)
	require.Contains(t, w.failing(t, "UserErrorInvalidConfiguration", "scrub", "--wait"), "add `scrub: {}` to vault:")
	_, err = w.temporal.ScheduleClient().GetHandle(t.Context(), jobs.ScrubSchedule).Describe(t.Context())
	require.ErrorContains(t, err, "not found")
}

// TestWorkerKilledInMidScrub: another worker goes on at the point and the block that
// the killed one was reading.
func TestWorkerKilledInMidScrub(t *testing.T) {
	t.Parallel()
	w, proxy := newGatedWorld(t)
	w.settings = scrubs("1GiB")
	worker := w.startWorker(t, smallBuffers)
	i := w.protected(t, bulk(24))
	first, second := w.backup(t, i), w.backup(t, i)
	w.rewritten(t, i, first, second)
	all, ofSecond := &reads{}, &reads{}
	held, release := hold(t, proxy, func(r *http.Request) bool {
		if _, ok := all.note(r, i); !ok || !strings.Contains(r.URL.Path, "/"+second+"/") {
			return false
		}
		ofSecond.note(r, i)
		return ofSecond.count() > 2
	})
	id := w.triggerNow(t, jobs.ScrubSchedule)
	await(t, held, worker)
	eventually(t, func() bool { return w.readBlocks(t, id) > 0 }, "no heartbeat holds blocks that were read")
	worker.kill(t)
	w.startWorker(t, smallBuffers)
	release()
	require.Equal(t, 2, w.scrubbed(t, id).Good)
	require.Equal(t, 2, all.from(0), "each dump is begun once")
	require.Equal(t, map[string]string{first: "good", second: "good"}, w.states(t, i))
}
