package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// jobID returns the first line printed by a command that starts a job.
func jobID(t *testing.T, r ran) string {
	t.Helper()
	id, _, _ := strings.Cut(r.Stdout, "\n")
	require.NotEmpty(t, id, "the command names no job:\n%s", r.Stderr)
	return id
}

var pointID = regexp.MustCompile(`\d{8}T\d{6}Z-[0-9a-f]{8}\b`)

// backup makes a recovery point and returns its ID.
func (w *world) backup(t *testing.T, i instance, more ...string) string {
	t.Helper()
	out := w.ok(t, append([]string{"backup", i.Name, "--wait"}, more...)...)
	point := pointID.FindString(out)
	require.NotEmpty(t, point, out)
	return point
}

// restore restores an instance's latest point, or the one named in more, as a
// database that is dropped after the test.
func (w *world) restore(t *testing.T, i instance, secret, database string, more ...string) string {
	t.Helper()
	w.dropLater(t, database)
	args := []string{"restore", i.Name, "--to-server", w.server(), "--to-database", database, "--secret", secret, "--wait"}
	return w.ok(t, append(args, more...)...)
}

// server returns the shared server as an argument of commands.
func (w *world) server() string {
	return fmt.Sprintf("%s:%d", w.env.Postgres.Host, w.env.Postgres.Port)
}

func (w *world) dropLater(t *testing.T, database string) {
	t.Cleanup(func() {
		require.NoError(t, w.env.Postgres.Exec(context.Background(), "postgres", "DROP DATABASE IF EXISTS "+quote(database)+" WITH (FORCE)"))
	})
}

// elsewhere returns another container, which holds no vault.
func (w *world) elsewhere(t *testing.T) *world {
	t.Helper()
	to := *w.env
	to.VaultURL = localenvtest.Container(t)
	return &world{env: &to}
}

// quote returns a name as an SQL identifier.
func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// described returns Temporal's description of a job.
func (w *world) described(t *testing.T, id string) *workflowservice.DescribeWorkflowExecutionResponse {
	t.Helper()
	found, err := w.temporal.DescribeWorkflowExecution(t.Context(), id, "")
	require.NoError(t, err)
	return found
}

// attributes returns the values of a job's search attributes.
func (w *world) attributes(t *testing.T, id string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for name, payload := range w.described(t, id).GetWorkflowExecutionInfo().GetSearchAttributes().GetIndexedFields() {
		if strings.HasPrefix(name, "Pgvault") {
			found[name] = decoded(t, payload)
		}
	}
	return found
}

func decoded(t *testing.T, payload *commonpb.Payload) string {
	t.Helper()
	var value string
	require.NoError(t, converter.GetDefaultDataConverter().FromPayload(payload, &value))
	return value
}

// ranStep is an activity of a job.
type ranStep struct {
	Name, Summary string
	// Attempt is the number of the last attempt.
	Attempt int32
	// Code is the error's code; empty for a step that succeeded.
	Code   string
	Result string
}

// steps returns the activities of a job, and of its child, in the order in
// which they were scheduled.
func (w *world) steps(t *testing.T, id string) []ranStep {
	t.Helper()
	return w.stepsOf(t, &commonpb.WorkflowExecution{WorkflowId: id})
}

func (w *world) stepsOf(t *testing.T, run *commonpb.WorkflowExecution) []ranStep {
	t.Helper()
	var steps []ranStep
	index := map[int64]int{}
	for _, event := range w.historyOf(t, run) {
		if a := event.GetActivityTaskScheduledEventAttributes(); a != nil {
			index[event.GetEventId()] = len(steps)
			step := ranStep{Name: a.GetActivityType().GetName()}
			if summary := event.GetUserMetadata().GetSummary(); summary != nil {
				step.Summary = decoded(t, summary)
			}
			steps = append(steps, step)
		}
		if a := event.GetActivityTaskStartedEventAttributes(); a != nil {
			steps[index[a.GetScheduledEventId()]].Attempt = a.GetAttempt()
		}
		if a := event.GetActivityTaskCompletedEventAttributes(); a != nil && len(a.GetResult().GetPayloads()) > 0 {
			steps[index[a.GetScheduledEventId()]].Result = string(a.GetResult().GetPayloads()[0].GetData())
		}
		if a := event.GetActivityTaskFailedEventAttributes(); a != nil {
			steps[index[a.GetScheduledEventId()]].Code = codeOf(a.GetFailure())
		}
		if a := event.GetChildWorkflowExecutionStartedEventAttributes(); a != nil {
			steps = append(steps, w.stepsOf(t, a.GetWorkflowExecution())...)
		}
	}
	return steps
}

// history returns the history of a workflow's newest run.
func (w *world) history(t *testing.T, id string) []*historypb.HistoryEvent {
	t.Helper()
	return w.historyOf(t, &commonpb.WorkflowExecution{WorkflowId: id})
}

func (w *world) historyOf(t *testing.T, run *commonpb.WorkflowExecution) (all []*historypb.HistoryEvent) {
	t.Helper()
	for events := w.temporal.GetWorkflowHistory(t.Context(), run.GetWorkflowId(), run.GetRunId(), false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		event, err := events.Next()
		require.NoError(t, err)
		all = append(all, event)
	}
	return all
}

func codeOf(f *failurepb.Failure) string {
	for ; f != nil; f = f.GetCause() {
		if code := f.GetApplicationFailureInfo().GetType(); code != "" {
			return code
		}
	}
	return "none"
}

// points returns the IDs of an instance's recovery points, which have a
// manifest.
func (w *world) points(t *testing.T, i instance) (ids []string) {
	t.Helper()
	for _, name := range w.blobs(t, pointsOf(i)) {
		if path.Base(name) == "manifest.json" {
			ids = append(ids, path.Base(path.Dir(name)))
		}
	}
	return ids
}

func pointsOf(i instance) string { return "instances/" + i.Name + "/points/" }

// document is a JSON object in the vault.
type document map[string]any

// manifest returns a point's manifest, read without the code under test.
func (w *world) manifest(t *testing.T, i instance, point string) document {
	t.Helper()
	return w.document(t, pointsOf(i)+point+"/manifest.json")
}

func (w *world) document(t *testing.T, blob string) document {
	t.Helper()
	var d document
	decoder := json.NewDecoder(bytes.NewReader(w.download(t.Context(), t, blob)))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&d), blob)
	return d
}

// at returns the value at a path such as "server.major", as text if it is a
// single value.
func (d document) at(t *testing.T, where string) string {
	t.Helper()
	var value any = map[string]any(d)
	for name := range strings.SplitSeq(where, ".") {
		object, ok := value.(map[string]any)
		require.True(t, ok, "there is no %q in %v", where, d)
		require.Contains(t, object, name, "for %q", where)
		value = object[name]
	}
	if text, ok := value.(string); ok {
		return text
	}
	encoded, err := json.Marshal(value)
	require.NoError(t, err)
	return string(encoded)
}

// children returns the processes of PostgreSQL's programs that work on a
// database.
func children(t *testing.T, database string) (found []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	require.NoError(t, err)
	for _, file := range files {
		environ, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(append([]byte{0}, environ...), []byte("\x00PGDATABASE="+database+"\x00")) {
			continue // it has ended, or belongs to another user
		}
		if name, err := os.ReadFile(filepath.Join(filepath.Dir(file), "comm")); err == nil && bytes.HasPrefix(name, []byte("pg_")) {
			found = append(found, strings.TrimSpace(string(name)))
		}
	}
	return found
}

// withoutVault returns the environment of a person who starts jobs and knows no
// vault, so that the job finds out what is wrong.
func (w *world) withoutVault() []string {
	return slices.DeleteFunc(w.environ(), func(v string) bool { return strings.HasPrefix(v, "PGVAULT_VAULT=") })
}
