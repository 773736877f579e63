package e2e_test

import (
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/jobs"
)

// showsProgress matches a card's line of a dump of one large table.
var showsProgress = regexp.MustCompile(`\| dump \| \*\*running\*\* \| \d+s \| [1-9][0-9.]* MiB of about [1-9][0-9.]* MiB, 0 of 1 tables \|`)

// Every workflow is brought to each of its outcomes, which Temporal must show.
// workflows/replay_test.go replays the histories, which are recorded in the
// directory PGVAULT_RECORD if that is set.
func TestEveryOutcome(t *testing.T) {
	t.Parallel()
	w, proxy := newGatedWorld(t)
	p := w.startWorker(t, smallBuffers)

	t.Run("backup", func(t *testing.T) {
		i := w.protected(t, "CREATE TABLE t (i int)")
		id := w.start(t, "backup", i.Name)
		require.NoError(t, w.awaitEnd(t, id))
		w.outcome(t, id, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, "backup_completed")
		w.outcome(t, i.workID(), enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, "backuprun_completed")

		target := []string{"--to-server", w.server(), "--secret", w.administrator(t)}
		restored := i.Database + "_copy"
		w.dropLater(t, restored)
		id = w.start(t, append([]string{"restore", i.Name, "--to-database", restored, "--roles"}, target...)...)
		require.NoError(t, w.awaitEnd(t, id))
		w.outcome(t, id, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, "restore_completed_database")
		id = w.start(t, append([]string{"restore", i.Name, "--to-database", i.Database, "--owners", "omit"}, target...)...)
		require.Error(t, w.awaitEnd(t, id))
		w.outcome(t, id, enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, "restore_failed")
		id = w.start(t, "restore", i.Name, "--to-container", w.elsewhere(t).env.VaultURL, "--prefix", "elsewhere/")
		require.NoError(t, w.awaitEnd(t, id))
		w.outcome(t, id, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, "restore_completed_files")
	})

	t.Run("failed restore", func(t *testing.T) {
		i := w.unprotected(t, "CREATE TABLE orphan (i int)")
		ghost := "gone_" + i.Database
		w.exec(t, i.Database, "CREATE ROLE "+ghost+"; CREATE POLICY theirs ON orphan TO "+ghost+"; GRANT pg_read_all_data TO "+i.user())
		w.apply(t, i)
		w.backup(t, i)
		w.exec(t, i.Database, "DROP POLICY theirs ON orphan; DROP ROLE "+ghost)
		id := w.start(t, "restore", i.Name, "--to-database", i.Database+"_copy", "--to-server", w.server(), "--secret", w.administrator(t))
		require.Error(t, w.awaitEnd(t, id))
		w.outcome(t, id, enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, "restore_failed_statement")
	})

	t.Run("failed backup", func(t *testing.T) {
		i := w.unprotected(t, "CREATE TABLE t (i int)")
		w.apply(t, i)
		id := w.start(t, "backup", i.Name)
		require.Error(t, w.awaitEnd(t, id))
		w.outcome(t, id, enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, "backup_failed_validation")
		w.outcome(t, i.workID(), enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, "backuprun_failed_validation")

		result := w.ran(t, "validate/"+i.Name+"/1", "Validate", map[string]string{"instance": i.Name})
		require.NoError(t, result)
		w.outcome(t, "validate/"+i.Name+"/1", enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, "validate_completed_findings")

		w.exec(t, i.Database, "GRANT pg_read_all_data TO "+i.user())
		w.ok(t, "rerun", id, "--wait")
		w.outcome(t, i.workID(), enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, "backuprun_completed_rerun")
	})

	t.Run("invalid input", func(t *testing.T) {
		for kind, name := range map[string]string{
			"Backup": "backup", "Restore": "restore", "RetentionSweep": "retentionsweep", "Validate": "validate", "DeletePoint": "deletepoint",
			"ReapplyPolicy": "reapplypolicy", "Verify": "verify", "Scrub": "scrub", "UndeletePoint": "undeletepoint", "StopProtection": "stopprotection", "ResumeProtection": "resumeprotection",
			"Notify": "notify", "Watch": "watch", "Alerts": "alerts",
		} {
			id := name + "/mistyped"
			require.Error(t, w.ran(t, id, kind, map[string]string{"instnace": "shop/orders"}))
			w.outcome(t, id, enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, name+"_failed_input")
		}
	})

	t.Run("progress", func(t *testing.T) {
		i := w.protected(t, bulk(32))
		held, release := hold(t, proxy, stagedAfter(i, 1))
		id := w.start(t, "backup", i.Name)
		await(t, held, p)
		require.NoError(t, w.temporal.SignalWorkflow(t.Context(), i.workID(), "", jobs.ProgressSignal, "nonsense"))
		eventually(t, func() bool { return showsProgress.MatchString(w.card(t, i.workID())) }, "the card does not show how far the dump is")
		release()
		require.NoError(t, w.awaitEnd(t, id))
		require.Regexp(t, `\| dump \| done \| .* stored \|`, w.card(t, i.workID()))
		w.outcome(t, i.workID(), enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, "backuprun_completed_progress")
	})

	t.Run("running already, cancelled", func(t *testing.T) {
		i := w.protected(t, bulk(32))
		held, _ := hold(t, proxy, stagedAfter(i, 1))
		id := w.start(t, "backup", i.Name)
		await(t, held, p)
		second := "backup/" + i.Name + "/second"
		require.Error(t, w.ran(t, second, "Backup", map[string]string{"instance": i.Name}))
		w.outcome(t, second, enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, "backup_failed_running")
		require.NoError(t, w.temporal.CancelWorkflow(t.Context(), id, ""))
		require.Error(t, w.awaitEnd(t, id))
		w.outcome(t, id, enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED, "backup_cancelled")
		w.outcome(t, i.workID(), enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED, "backuprun_cancelled")
	})

	t.Run("sweep", func(t *testing.T) {
		for id, dryRun := range map[string]bool{"retentionsweep_completed": false, "retentionsweep_completed_dryrun": true} {
			require.NoError(t, w.ran(t, id, "RetentionSweep", map[string]bool{"dryRun": dryRun}))
			w.outcome(t, id, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, id)
		}
		allow := proxy.Forbid(func(r *http.Request) bool { return r.URL.Query().Get("comp") == "list" })
		require.Error(t, w.ran(t, "sweep_failed", "RetentionSweep", map[string]bool{}))
		allow()
		w.outcome(t, "sweep_failed", enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, "retentionsweep_failed")
	})
}

// The life of a point and of an instance, with every change that people can
// make.
func TestEveryOutcomeOfProtection(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.protected(t, "CREATE TABLE t (i int)")
	point := w.backup(t, i)
	of := map[string]any{"instance": i.Name}
	for _, job := range []struct {
		name, kind string
		more       map[string]any
	}{
		{"deletepoint_completed", "DeletePoint", map[string]any{"point": point, "reason": "of no use"}},
		{"undeletepoint_completed", "UndeletePoint", map[string]any{"point": point, "keep": "1y"}},
		{"undeletepoint_failed", "UndeletePoint", map[string]any{"point": "20200101T000000Z-00000000"}},
		{"reapplypolicy_completed_dryrun", "ReapplyPolicy", map[string]any{"dryRun": true}},
		{"reapplypolicy_completed", "ReapplyPolicy", map[string]any{"reason": "longer, please"}},
		{"stopprotection_completed", "StopProtection", map[string]any{"mode": "retain-forever"}},
		{"resumeprotection_completed", "ResumeProtection", map[string]any{"reason": "back"}},
		{"stopprotection_failed_unconfirmed", "StopProtection", map[string]any{"mode": "delete-data", "confirm": "shop"}},
		{"stopprotection_completed_deletedata", "StopProtection", map[string]any{"mode": "delete-data", "confirm": i.Name}},
	} {
		input, id := maps.Clone(of), job.name+"/"+i.Name
		maps.Copy(input, job.more)
		status := enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED
		if err := w.ran(t, id, job.kind, input); strings.Contains(job.name, "_failed") {
			status = enumspb.WORKFLOW_EXECUTION_STATUS_FAILED
			require.Error(t, err)
		} else {
			require.NoError(t, err, job.name)
		}
		w.outcome(t, id, status, job.name)
	}
}

// ran starts a workflow with Temporal's own client and returns its error.
func (w *world) ran(t *testing.T, id, kind string, input any) error {
	t.Helper()
	_, err := w.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: jobs.TaskQueue}, kind, input)
	require.NoError(t, err)
	return w.awaitEnd(t, id)
}

// outcome requires a workflow's status in Temporal and records its history.
func (w *world) outcome(t *testing.T, id string, status enumspb.WorkflowExecutionStatus, name string) {
	t.Helper()
	require.Equal(t, status, w.status(t, id), id)
	if status == enumspb.WORKFLOW_EXECUTION_STATUS_FAILED {
		require.NotEmpty(t, w.attributes(t, id)["PgvaultErrorCode"], id)
	}
	w.recordHistory(t, id, name)
}
