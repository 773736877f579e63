package e2e_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// watch runs the watch now and returns its job, which has ended.
func (w *world) watch(t *testing.T) (id string) {
	t.Helper()
	id = w.triggerNow(t, "watch")
	eventually(t, func() bool { return w.status(t, id) != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING }, "the watch does not end")
	return id
}

// triggerNow has a schedule start its job, and returns that.
func (w *world) triggerNow(t *testing.T, schedule string) (id string) {
	t.Helper()
	before := w.description(t, schedule).Info.NumActions
	require.NoError(t, w.temporal.ScheduleClient().GetHandle(t.Context(), schedule).Trigger(t.Context(), client.ScheduleTriggerOptions{}))
	eventually(t, func() bool {
		info := w.description(t, schedule).Info
		if info.NumActions == before {
			return false
		}
		id = info.RecentActions[len(info.RecentActions)-1].StartWorkflowResult.WorkflowID
		return true
	}, "the schedule %s starts nothing", schedule)
	return id
}

// alertsID returns the workflow ID of the world's alerts.
func (w *world) alertsID(t *testing.T) string {
	t.Helper()
	return "alerts/" + w.document(t, "vault.json").at(t, "id")
}

// told returns what a receiver was told, once it has the given number of messages.
func told(t *testing.T, r *localenv.Receiver, n int) (texts []string) {
	t.Helper()
	eventually(t, func() bool { return len(r.Received()) >= n }, "a message is missing")
	ids := map[string]bool{}
	for _, request := range r.Received() {
		var event struct {
			ID   string
			Data struct{ Kind, State, Instance string }
		}
		require.NoError(t, json.Unmarshal(request.Body, &event))
		require.False(t, ids[event.ID], "%s was sent twice", event.ID)
		ids[event.ID] = true
		text := event.Data.State + " " + event.Data.Kind
		if event.Data.Instance != "" {
			text += " " + event.Data.Instance
		}
		texts = append(texts, text)
	}
	return texts
}

// TestAMissingBackupIsTold follows an alert from the instance that goes stale, by the
// storage's clock, to its resolution after a backup. The state of the alerts is lost
// in between.
func TestAMissingBackupIsTold(t *testing.T) {
	t.Parallel()
	w, storage := newImmutableWorld(t)
	w.settings = ""
	receiver := localenvtest.Receiver(t)
	w.notifies(t, "hook", secret.New(receiver.URL("/"+canary)))
	i := w.unprotected(t, "CREATE TABLE t (i int)")
	w.exec(t, i.Database, "GRANT pg_read_all_data TO "+i.user())
	i.More = []string{"freshness: 1h"}
	w.apply(t, i)
	w.startWorker(t)
	w.backup(t, i)
	first := w.watch(t)
	w.outcome(t, first, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, "watch_completed_first")
	w.outcome(t, w.watch(t), enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, "watch_completed")

	storage.Advance(2 * time.Hour)
	w.watch(t)
	w.watch(t)
	stale := "stale " + i.Name
	require.Equal(t, []string{"raised " + stale}, told(t, receiver, 1))
	w.watch(t)
	require.Contains(t, w.card(t, w.alertsID(t)), "| stale | 1 |")

	require.NoError(t, w.temporal.TerminateWorkflow(t.Context(), w.alertsID(t), "", "a person's mistake"))
	w.watch(t)
	w.watch(t)
	require.Equal(t, []string{"raised " + stale, "raised " + stale}, told(t, receiver, 2))

	w.backup(t, i)
	w.watch(t)
	w.watch(t)
	require.Equal(t, []string{"raised " + stale, "raised " + stale, "resolved " + stale}, told(t, receiver, 3))
	w.watch(t)
	require.NotContains(t, w.card(t, w.alertsID(t)), "stale")
	require.NoError(t, w.temporal.CancelWorkflow(t.Context(), w.alertsID(t), ""))
	require.Error(t, w.awaitEnd(t, w.alertsID(t)))
	w.outcome(t, w.alertsID(t), enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED, "alerts_cancelled")
	require.Len(t, receiver.Received(), 3)
}

// TestAVaultThatCannotBeReadIsTold: the worker starts anew meanwhile and does not
// learn the ID of its vault.
func TestAVaultThatCannotBeReadIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	receiver := localenvtest.Receiver(t)
	w.notifies(t, "hook", secret.New(receiver.URL("/"+canary)))
	w.apply(t, w.unprotected(t, ""))
	p := w.startWorker(t)
	w.watch(t)
	alerts := w.alertsID(t)

	w.put(t, "vault.json", []byte("{"), nil)
	p.stop(t)
	w.startWorker(t)
	w.outcome(t, w.watch(t), enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, "watch_failed")
	w.watch(t)
	require.Equal(t, []string{"raised watch-blind"}, told(t, receiver, 1))

	w.apply(t)
	w.watch(t)
	w.watch(t)
	require.Equal(t, []string{"raised watch-blind", "resolved watch-blind"}, told(t, receiver, 2))
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, w.status(t, alerts))
}
