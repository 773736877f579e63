package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
)

// look is the polling interval of the tests.
const look = 50 * time.Millisecond

// bulk returns SQL that creates an incompressible table of the given size.
func bulk(mib int) string {
	return fmt.Sprintf(`CREATE TABLE bulk AS SELECT i, (SELECT string_agg(sha512((i * 16 + j)::text::bytea), '')
		FROM generate_series(1, 16) j) AS noise FROM generate_series(1, %d) i`, mib*1024)
}

// smallBuffers leaves each dump two buffers of 8 MiB, so that pg_dump blocks
// early if the storage accepts nothing.
const smallBuffers = "PGVAULT_MAX_DUMPS=9"

// eventually waits for a condition for as long as a job may take.
func eventually(t *testing.T, condition func() bool, what string, args ...any) {
	t.Helper()
	require.Eventuallyf(t, condition, patience, look, what, args...)
}

// start starts a job without waiting for it.
func (w *world) start(t *testing.T, args ...string) (id string) {
	t.Helper()
	r := w.pgvault(t, args...)
	require.Zero(t, r.Code, "%s", r.Stderr)
	return jobID(t, r)
}

// awaitEnd waits for a job's end and returns its error.
func (w *world) awaitEnd(t *testing.T, id string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := w.temporal.GetWorkflow(ctx, id, "").Get(ctx, nil)
	if ctx.Err() != nil {
		require.Fail(t, "the job does not end", "%s is at %s", id, w.pending(t, id))
	}
	return err
}

// workID returns the ID of the workflow that does the work of an instance's
// backups.
func (i instance) workID() string { return "backup-run/" + i.Name }

// pending returns the current step of a workflow; nil between steps.
func (w *world) pending(t *testing.T, id string) *workflowpb.PendingActivityInfo {
	t.Helper()
	found, err := w.temporal.DescribeWorkflowExecution(t.Context(), id, "")
	if err != nil || len(found.GetPendingActivities()) == 0 {
		return nil
	}
	return found.GetPendingActivities()[0]
}

// awaitRetry waits until a step is about to be retried after a failure with a
// code.
func (w *world) awaitRetry(t *testing.T, id, step, code string) {
	t.Helper()
	var last *workflowpb.PendingActivityInfo
	require.Eventually(t, func() bool {
		last = w.pending(t, id)
		return last.GetActivityType().GetName() == step && last.GetAttempt() > 1 && codeOf(last.GetLastFailure()) == code
	}, patience, look, "step %s is not tried again for %s; last: %s", step, code, last)
}

// attempt is a completed step in a history.
type attempt struct {
	number int32
	// lastFailure is the failure of the previous attempt.
	lastFailure *failurepb.Failure
	scheduled   *historypb.HistoryEvent
	started     *historypb.HistoryEvent
	completed   *historypb.HistoryEvent
	result      *commonpb.Payloads
}

// done returns the last completed run of a step.
func done(t *testing.T, history []*historypb.HistoryEvent, step string) attempt {
	t.Helper()
	found := last(history, step)
	require.NotNil(t, found.completed, "step %s is not done", step)
	return found
}

// last returns the last attempt at a step.
func last(history []*historypb.HistoryEvent, step string) (found attempt) {
	for _, event := range history {
		switch {
		case event.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName() == step:
			found = attempt{scheduled: event}
		case event.GetActivityTaskStartedEventAttributes() != nil && event.GetActivityTaskStartedEventAttributes().GetScheduledEventId() == found.scheduled.GetEventId():
			found.started = event
			found.number = event.GetActivityTaskStartedEventAttributes().GetAttempt()
			found.lastFailure = event.GetActivityTaskStartedEventAttributes().GetLastFailure()
		case event.GetActivityTaskCompletedEventAttributes() != nil && event.GetActivityTaskCompletedEventAttributes().GetScheduledEventId() == found.scheduled.GetEventId():
			found.completed = event
			found.result = event.GetActivityTaskCompletedEventAttributes().GetResult()
		}
	}
	return found
}

// status returns the status of a workflow in Temporal.
func (w *world) status(t *testing.T, id string) enumspb.WorkflowExecutionStatus {
	t.Helper()
	found, err := w.temporal.DescribeWorkflowExecution(t.Context(), id, "")
	require.NoError(t, err)
	return found.GetWorkflowExecutionInfo().GetStatus()
}

// onePoint requires that an instance has one recovery point with one dump and
// nothing else, and returns its ID.
func (w *world) onePoint(t *testing.T, i instance) string {
	t.Helper()
	names := w.blobs(t, pointsOf(i))
	var dumps, manifests []string
	for _, name := range names {
		switch {
		case strings.HasSuffix(name, ".dump"):
			dumps = append(dumps, name)
		case path.Base(name) == "manifest.json":
			manifests = append(manifests, name)
		}
	}
	require.Len(t, manifests, 1, "%v", names)
	require.Len(t, dumps, 1, "%v", names)
	names = slices.DeleteFunc(names, func(n string) bool { return strings.HasPrefix(path.Base(n), "statement-") })
	require.Len(t, names, 6, "dump, block list, fingerprints, roles, manifest and its signed copy: %v", names)
	return path.Base(path.Dir(manifests[0]))
}

// record returns a job's record in the vault.
func (w *world) record(t *testing.T, id string) map[string]any {
	t.Helper()
	for _, name := range w.blobs(t, "jobs/") {
		var found map[string]any
		if json.Unmarshal(w.download(t.Context(), t, name), &found) == nil && found["id"] == id {
			return found
		}
	}
	require.Fail(t, "no record", "of job %s in %v", id, w.blobs(t, "jobs/"))
	return nil
}

// sessions returns the server process IDs of the sessions that pgvault or a
// child of it has in a database.
func (w *world) sessions(t *testing.T, database string) (pids []int32) {
	t.Helper()
	conn, err := w.env.Postgres.Connect(t.Context(), "postgres")
	require.NoError(t, err)
	defer conn.Close(context.WithoutCancel(t.Context()))
	rows, err := conn.Query(t.Context(), "SELECT pid FROM pg_stat_activity WHERE datname = $1 AND application_name = 'pgvault'", database)
	require.NoError(t, err)
	pids, err = pgx.CollectRows(rows, pgx.RowTo[int32])
	require.NoError(t, err)
	return pids
}

// nothingLeft requires that no process, session or blob of an instance is left.
func (w *world) nothingLeft(t *testing.T, i instance) {
	t.Helper()
	w.noProcess(t, i.Database)
	require.Empty(t, w.blobs(t, pointsOf(i)))
}

// noProcess requires that no program and no session works on a database.
func (w *world) noProcess(t *testing.T, database string) {
	t.Helper()
	eventually(t, func() bool { return len(children(t, database)) == 0 }, "a process stays behind")
	eventually(t, func() bool { return len(w.sessions(t, database)) == 0 }, "a session stays behind in the server")
}

// staging reports whether there are uncommitted blocks of an instance's dump.
func (w *world) staging(t *testing.T, i instance) bool {
	t.Helper()
	prefix := pointsOf(i)
	pages := w.container(t).NewListBlobsFlatPager(&container.ListBlobsFlatOptions{
		Prefix: &prefix, Include: container.ListBlobsInclude{UncommittedBlobs: true},
	})
	page, err := pages.NextPage(t.Context())
	require.NoError(t, err)
	return slices.ContainsFunc(page.Segment.BlobItems, func(b *container.BlobItem) bool { return strings.HasSuffix(*b.Name, ".dump") })
}

// lock locks a table until unlock is called.
func (w *world) lock(t *testing.T, database, table string) (unlock func()) {
	t.Helper()
	conn, err := w.env.Postgres.Connect(t.Context(), database)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "BEGIN; LOCK TABLE "+table+" IN ACCESS EXCLUSIVE MODE")
	require.NoError(t, err)
	ctx := context.WithoutCancel(t.Context())
	unlock = func() { _ = conn.Close(ctx) }
	t.Cleanup(unlock)
	return unlock
}

// databasesLike returns the databases whose names have a prefix.
func (w *world) databasesLike(t *testing.T, prefix string) []string {
	t.Helper()
	conn, err := w.env.Postgres.Connect(t.Context(), "postgres")
	require.NoError(t, err)
	defer conn.Close(context.WithoutCancel(t.Context()))
	rows, err := conn.Query(t.Context(), "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", prefix)
	require.NoError(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	slices.Sort(names)
	return names
}
