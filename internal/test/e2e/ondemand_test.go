package e2e_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/client"
)

// A job is started by Temporal's own command with the documented input.
func TestBackupByTemporalsOwnCommand(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.protected(t, "")
	id := "by-hand-" + i.Database
	start := exec.CommandContext(t.Context(), w.env.Temporal.Binary, "workflow", "start", "--task-queue", "pgvault",
		"--type", "Backup", "--workflow-id", id, "--input", `{"instance":"`+i.Name+`"}`)
	start.Env = w.environ()
	out, err := start.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NoError(t, w.temporal.GetWorkflow(t.Context(), id, "").Get(t.Context(), nil))
	point := w.points(t, i)[0]
	require.Equal(t, id, w.manifest(t, i, point).at(t, "job.workflowID"))
	attributes := w.attributes(t, id)
	require.Equal(t, i.Name, attributes["PgvaultInstance"])
	require.Equal(t, "Backup", attributes["PgvaultOperation"])
	require.Equal(t, point, attributes["PgvaultPoint"])
}

// An input with a typo fails at once, and the error names the typo.
func TestMistypedInput(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.protected(t, "")
	for name, c := range map[string]struct {
		kind, input string
		says        []string
	}{
		"field":         {"Backup", `{"instnace":"` + i.Name + `"}`, []string{`"instnace"`, "instance, retentionRule"}},
		"rule":          {"Backup", `{"instance":"` + i.Name + `","retentionRul":""}`, []string{`"retentionRul"`}},
		"type":          {"Backup", `{"instance":7}`, []string{`"instance"`, "number"}},
		"not an object": {"Backup", `"` + i.Name + `"`, []string{"instance, retentionRule"}},
		"empty":         {"Backup", `{}`, []string{`"instance" is empty`}},
		"name":          {"Backup", `{"instance":"Shop Orders"}`, []string{"Shop Orders"}},
		"nothing":       {"Backup", ``, []string{"no input"}},
		"target":        {"Restore", `{"instance":"` + i.Name + `","target":{"databse":"x"}}`, []string{`"databse"`}},
		"no target":     {"Restore", `{"instance":"` + i.Name + `"}`, []string{"target.server", "target.container"}},
		"owners":        {"Restore", `{"instance":"` + i.Name + `","target":{"server":{"host":"h"},"database":"d","owners":"none"}}`, []string{"target.owners", "none"}},
		"sweep":         {"RetentionSweep", `{"dryrun":true,"dry":1}`, []string{`"dry"`}},
		"validate":      {"Validate", `{"instances":[]}`, []string{`"instances"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := "mistyped-" + strings.ReplaceAll(name, " ", "-") + "-" + i.Database
			var args []any
			if c.input != "" {
				args = append(args, json.RawMessage(c.input))
			}
			_, err := w.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: "pgvault"}, c.kind, args...)
			require.NoError(t, err)
			err = w.temporal.GetWorkflow(t.Context(), id, "").Get(t.Context(), nil)
			require.Error(t, err)
			for _, text := range c.says {
				require.ErrorContains(t, err, text)
			}
			require.Equal(t, "UserErrorInvalidInput", w.lastCode(t, id))
			for _, step := range w.steps(t, id) {
				require.Equal(t, "RecordJob", step.Name, "no step is done with a mistyped input")
			}
			if c.kind != "Validate" {
				require.Equal(t, "UserErrorInvalidInput", w.attributes(t, id)["PgvaultErrorCode"])
			}
		})
	}
}

// lastCode returns the failure code of a job's last event.
func (w *world) lastCode(t *testing.T, id string) string {
	t.Helper()
	events := w.history(t, id)
	last := events[len(events)-1]
	require.Equal(t, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED, last.GetEventType())
	return codeOf(last.GetWorkflowExecutionFailedEventAttributes().GetFailure())
}

// card queries the job's status card as Temporal's UI does.
func (w *world) card(t *testing.T, id string) string {
	t.Helper()
	answer, err := w.temporal.QueryWorkflow(t.Context(), id, "", "__temporal_workflow_metadata")
	require.NoError(t, err)
	var metadata sdkpb.WorkflowMetadata
	require.NoError(t, answer.Get(&metadata))
	return metadata.GetCurrentDetails()
}

// At most one backup of an instance runs. A second one fails at once and names
// the first.
func TestSecondBackupWhileOneRuns(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.protected(t, "CREATE TABLE orders AS SELECT generate_series(1, 10) AS id")
	unlock := w.lock(t, i.Database, "orders")
	first := jobID(t, w.pgvault(t, "backup", i.Name))
	work := "backup-run/" + i.Name
	w.waitForLock(t, i.Database)
	require.Contains(t, w.card(t, work), "| dump | **running** |")

	out := w.failing(t, "UserErrorMaxConcurrentOperationLimitReached", "backup", i.Name, "--wait")
	require.Contains(t, out, work)

	unlock()
	require.NoError(t, w.temporal.GetWorkflow(t.Context(), first, "").Get(t.Context(), nil))
	require.Len(t, w.points(t, i), 1)
	w.backup(t, i)
	require.Len(t, w.points(t, i), 2)
}

// waitForLock waits until one of our sessions waits for a lock.
func (w *world) waitForLock(t *testing.T, database string) {
	t.Helper()
	require.Eventually(t, func() bool {
		return w.query(t, "postgres", "SELECT count(*)::text FROM pg_stat_activity WHERE datname = '"+database+
			"' AND application_name LIKE 'pg%' AND wait_event_type = 'Lock'") != "0"
	}, patience, 100*time.Millisecond)
}
