package e2e_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
)

// Two schedules of an instance may start at the same time, here in different
// zones. One job makes the backup, and the other completes too.
func TestSchedulesThatCoincide(t *testing.T) {
	t.Parallel()
	w, i, file := ruled(t)
	w.applied(t, file(`    schedules:
      - {times: ["02:00"], days: [Mon]}
      - {times: ["02:00"], days: [Thu]}
      - {times: ["04:00"], timeZone: Europe/Berlin}
    retention: {Default: 30d}
`))
	w.startWorker(t)

	unlock := w.lock(t, i.Database, "t")
	first := w.fills(t, "backup/"+i.Name, "2026-06-01T02:00:00Z")
	w.waitForLock(t, i.Database)
	second := w.fills(t, "backup/"+i.Name+":3", "2026-06-01T02:00:00Z")
	require.NoError(t, w.awaitEnd(t, second))
	require.Contains(t, w.card(t, second), "job "+first+" does the work: schedule backup/"+i.Name+" has the same time")
	record := w.record(t, second)
	require.Equal(t, "completed", record["outcome"])
	require.Contains(t, record["message"], first)
	w.outcome(t, second, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, "backup_completed_coincidence")

	t.Log("a job of another time has nobody to make its backup")
	other := w.fills(t, "backup/"+i.Name+":3", "2026-06-02T02:00:00Z")
	require.Error(t, w.awaitEnd(t, other))
	require.Equal(t, "UserErrorMaxConcurrentOperationLimitReached", w.attributes(t, other)["PgvaultErrorCode"])

	unlock()
	require.NoError(t, w.awaitEnd(t, first))
	require.Len(t, w.points(t, i), 1)
	taken := w.manifest(t, i, w.points(t, i)[0]).at(t, "dump.startedAt")[:len("2026-11-27T02:00:00")]
	require.Regexp(t, `20260601T020000Z-\w+ +`+strings.Replace(taken, "T", " ", 1)+"Z ", w.ok(t, "points", i.Name), "it was due long before")

	t.Log("the server's own schedules are read; none of their times has passed")
	require.NotContains(t, w.ok(t, "jobs", "--instance", i.Name), "missed")
}

// fills makes a schedule start the job of a past time and returns its ID.
func (w *world) fills(t *testing.T, id, at string) string {
	t.Helper()
	start, err := time.Parse(time.RFC3339, at)
	require.NoError(t, err)
	require.NoError(t, w.temporal.ScheduleClient().GetHandle(t.Context(), id).Backfill(t.Context(), client.ScheduleBackfillOptions{
		Backfill: []client.ScheduleBackfill{{Start: start.Add(-time.Minute), End: start.Add(time.Minute), Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL}},
	}))
	job := id + "-" + at
	eventually(t, func() bool {
		_, err := w.temporal.DescribeWorkflowExecution(t.Context(), job, "")
		return err == nil
	}, "the schedule started no job")
	return job
}
