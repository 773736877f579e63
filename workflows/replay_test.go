package workflows_test

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"

	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/workflows"
)

// recorded are the histories that must exist, by workflow and outcome. `make
// replay-record` records them from real runs. It replaces none of them unless
// it has recorded all.
//
// A change of a workflow must replay the histories of the jobs that may be
// running when it is deployed. If it cannot, the workflow needs
// workflow.GetVersion, or workers of both versions must be deployed side by
// side. So record histories from released code, never from the change under
// test, which always replays its own.
var recorded = []string{
	"backup_completed_coincidence", "backup_completed", "backuprun_completed", "backuprun_completed_rerun", "backuprun_completed_progress",
	"backup_completed_scheduled", "backuprun_completed_scheduled", // under a policy of several rules
	"backup_failed_validation", "backup_failed_input", "backup_failed_running", "backup_cancelled",
	"backuprun_failed_validation", "backuprun_cancelled",
	"restore_completed_database", "restore_completed_files", "restore_failed", "restore_failed_statement", "restore_failed_input",
	"backuprun_completed_locked", "retentionsweep_completed_locks",
	"restore_completed_archived", "restore_completed_rehydrated", "restore_cancelled_rehydrating",
	"retentionsweep_completed", "retentionsweep_completed_dryrun", "retentionsweep_failed", "retentionsweep_failed_input",
	"deletepoint_completed", "deletepoint_failed_input",
	"undeletepoint_completed", "undeletepoint_failed", "undeletepoint_failed_input",
	"stopprotection_completed", "stopprotection_completed_deletedata", "stopprotection_failed_unconfirmed", "stopprotection_failed_input",
	"reapplypolicy_completed", "reapplypolicy_completed_dryrun", "reapplypolicy_failed_input",
	"resumeprotection_completed", "resumeprotection_failed_input",
	"validate_completed_findings", "validate_failed_input",
	"drill_completed", "drillrun_completed", "drill_failed", "drillrun_failed", "drill_cancelled", "drillrun_cancelled",
	"verify_completed", "verify_completed_all", "verify_failed_damaged", "verify_failed_input",
	"scrub_completed", "scrub_failed_damaged", "scrub_failed_input",
	"notify_completed", "notify_failed", "notify_failed_input",
	"watch_completed_first", "watch_completed", "watch_failed", "watch_failed_input", "alerts_cancelled", "alerts_failed_input",
}

// histories returns the files of the histories under test: those in testdata,
// or those that `make replay-record` has just recorded into the folder
// PGVAULT_RECORD.
func histories(t *testing.T) []string {
	t.Helper()
	folder := cmp.Or(os.Getenv("PGVAULT_RECORD"), filepath.Join("testdata", "replay"))
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	require.NoError(t, err)
	return files
}

func TestRecordedHistoriesReplay(t *testing.T) {
	t.Parallel()
	files := histories(t)
	var found []string
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		found = append(found, name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			history := readHistory(t, file)
			requireNamed(t, history, name)
			require.NoError(t, temporalx.Replay(zap.NewNop(), workflows.Register, history),
				"a job that runs while this version is deployed would do something else than it did: see `recorded`")
		})
	}
	require.ElementsMatch(t, recorded, found, "want the first list; the second was recorded by `make replay-record`")
}

// requireNamed requires that a history has the workflow and the outcome in its
// file's name.
func requireNamed(t *testing.T, history *historypb.History, name string) {
	t.Helper()
	first, last := history.GetEvents()[0], history.GetEvents()[len(history.GetEvents())-1]
	kind, outcome, _ := strings.Cut(name, "_")
	outcome, _, _ = strings.Cut(outcome, "_")
	require.Equal(t, kind, strings.ToLower(first.GetWorkflowExecutionStartedEventAttributes().GetWorkflowType().GetName()))
	require.Equal(t, outcome, map[bool]string{true: "completed"}[last.GetWorkflowExecutionCompletedEventAttributes() != nil]+
		map[bool]string{true: "failed"}[last.GetWorkflowExecutionFailedEventAttributes() != nil]+
		map[bool]string{true: "cancelled"}[last.GetWorkflowExecutionCanceledEventAttributes() != nil])
}

// A history is published, so it must not name a machine or folder of the
// recording.
func TestRecordedHistoriesNameNoMachine(t *testing.T) {
	t.Parallel()
	files := histories(t)
	private := regexp.MustCompile(`[0-9]+@[a-zA-Z0-9.-]+|/(?:tmp|home|root|work|Users|var/folders)/|\.go:[0-9]+`)
	for _, file := range files {
		content, err := proto.Marshal(readHistory(t, file))
		require.NoError(t, err)
		require.Empty(t, private.FindAllString(string(content), -1), file)
	}
}

func readHistory(t *testing.T, file string) *historypb.History {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	history, err := temporalx.ReadHistory(f)
	require.NoError(t, err)
	return history
}
