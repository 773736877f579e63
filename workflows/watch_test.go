package workflows_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/estate/alert"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/workflows"
)

const alertsID = "alerts/v1"

var oncall = instance.Notification{Name: "oncall", URL: "https://contoso.vault.azure.net/secrets/oncall"}

// foundStale returns a run of the watch that found stale instances.
func foundStale(id string, receivers []instance.Notification, names ...string) alert.Run {
	var e estate.Estate
	for _, name := range names {
		p := estate.Problem{Kind: estate.KindStale, Severity: estate.Critical, Instance: name, Message: "too old", Remedy: "pgvault backup"}
		e.Instances = append(e.Instances, estate.Instance{Name: name, Problems: []estate.Problem{p}})
	}
	return alert.RunOf(id, e, receivers)
}

func newWatchEnv(t *testing.T) *env {
	t.Helper()
	e := newEnv(t)
	require.NoError(t, e.SetMemoOnStart(temporalx.Owner{ID: "v1", URL: "https://acct.blob.core.windows.net/v"}.Memo()))
	return e
}

// heard records the runs that are signalled to the alerts.
func (e *env) heard() *[]alert.Run {
	var runs []alert.Run
	e.OnSignalExternalWorkflow(mock.Anything, alertsID, "", jobs.FoundSignal, mock.Anything).Return(func(_, _, _, _ string, arg any) error {
		runs = append(runs, arg.(alert.Run))
		return nil
	})
	return &runs
}

func TestWatchTellsTheAlerts(t *testing.T) {
	t.Parallel()
	e := newWatchEnv(t)
	run := foundStale("run", []instance.Notification{oncall}, "shop/orders")
	e.OnActivity("Observe", mock.Anything).Return(run, nil).Once()
	runs := e.heard()
	e.ExecuteWorkflow(workflows.Watch, raw(`{}`))
	require.NoError(t, e.GetWorkflowError())
	require.Equal(t, []alert.Run{run}, *runs)
	var result jobs.WatchResult
	require.NoError(t, e.GetWorkflowResult(&result))
	require.Equal(t, jobs.WatchResult{Instances: 1, Problems: map[string]int{"stale": 1}}, result)
	require.Empty(t, e.records, "a run every ten minutes leaves no record in the vault")
}

func TestWatchStartsTheAlertsIfTheyAreLost(t *testing.T) {
	t.Parallel()
	e := newWatchEnv(t)
	e.OnActivity("Observe", mock.Anything).Return(foundStale("run", nil), nil)
	e.OnSignalExternalWorkflow(mock.Anything, alertsID, "", jobs.FoundSignal, mock.Anything).Return(errors.New("there is no such workflow")).Once()
	var started []string
	e.SetOnChildWorkflowStartedListener(func(info *workflow.Info, _ workflow.Context, _ converter.EncodedValues) {
		started = append(started, info.WorkflowType.Name+" "+info.WorkflowExecution.ID)
	})
	e.RegisterDelayedCallback(func() { e.CancelWorkflowByID(alertsID, "") }, time.Hour)
	e.ExecuteWorkflow("Watch")
	require.NoError(t, e.GetWorkflowError(), "the new workflow gets the signal")
	require.Equal(t, []string{"Alerts " + alertsID}, started)
}

// TestAVaultThatCannotBeReadIsTold: the storage is away for longer than a run of the
// watch may take.
func TestAVaultThatCannotBeReadIsTold(t *testing.T) {
	t.Parallel()
	e := newWatchEnv(t)
	e.OnActivity("Observe", mock.Anything).Return(alert.Run{}, temporal.NewApplicationError("away", string(failure.StorageUnavailable), temporalx.Details{Message: "the storage does not answer"}))
	runs := e.heard()
	e.ExecuteWorkflow("Watch")
	require.Equal(t, failure.StorageUnavailable, e.failed(t).Code, "Temporal's UI shows it too")
	require.Len(t, *runs, 1)
	blind := (*runs)[0].Blind
	require.NotNil(t, blind)
	require.Equal(t, string(failure.StorageUnavailable), blind.Code)
	require.Contains(t, blind.Message, "the storage does not answer")
	require.Less(t, e.Now().Sub(begun), jobs.WatchInterval, "the next run is not skipped")
}

func TestAWatchOfNoVaultSaysHowToStartIt(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.ExecuteWorkflow("Watch")
	f := e.failed(t)
	require.Equal(t, failure.InvalidInput, f.Code)
	require.Equal(t, "temporal schedule trigger --schedule-id watch", f.Action)
}

// alertsEnv runs Alerts and records the notifications that it starts. Each takes a
// day.
type alertsEnv struct {
	*env
	sent []string
}

func newAlertsEnv(t *testing.T) *alertsEnv {
	t.Helper()
	e := &alertsEnv{env: newEnv(t)}
	e.SetOnChildWorkflowStartedListener(func(info *workflow.Info, _ workflow.Context, args converter.EncodedValues) {
		require.Equal(t, jobs.TypeNotify, info.WorkflowType.Name)
		var raw converter.RawValue
		require.NoError(t, args.Get(&raw))
		input, err := jobs.Decode[jobs.NotifyInput](raw.Payload().GetData())
		require.NoError(t, err)
		e.sent = append(e.sent, fmt.Sprintf("%s %s %s", e.Now().Sub(begun), input.Alert.State, info.WorkflowExecution.ID))
	})
	e.OnActivity("Deliver", mock.Anything, mock.Anything).Return(jobs.NotifyResult{}, nil).After(24 * time.Hour).Maybe()
	return e
}

// every signals a value after each of the given spans, and then cancels.
func (e *alertsEnv) signals(at map[time.Duration]any) {
	last := time.Duration(0)
	for after, value := range at {
		e.RegisterDelayedCallback(func() { e.SignalWorkflow(jobs.FoundSignal, value) }, after)
		last = max(last, after)
	}
	e.RegisterDelayedCallback(e.CancelWorkflow, last+time.Minute)
}

func TestAlertsAreRaisedAndResolvedByNotifications(t *testing.T) {
	t.Parallel()
	e := newAlertsEnv(t)
	receivers := []instance.Notification{oncall}
	e.signals(map[time.Duration]any{
		10 * time.Minute: foundStale("1", receivers, "shop/orders"),
		20 * time.Minute: foundStale("2", receivers, "shop/orders"),
		21 * time.Minute: foundStale("2", receivers, "shop/orders"), // a repeated signal
		22 * time.Minute: "a stranger's",
		23 * time.Minute: map[string]any{"id": strings.Repeat("x", 5000)},
		30 * time.Minute: foundStale("3", receivers, "shop/orders"),
		40 * time.Minute: foundStale("4", receivers),
		50 * time.Minute: foundStale("5", receivers),
	})
	var card string
	e.RegisterDelayedCallback(func() { card = e.card(t) }, 35*time.Minute)
	e.ExecuteWorkflow(workflows.Alerts, raw(`{"state":{}}`))
	require.True(t, temporal.IsCanceledError(e.GetWorkflowError()), "%v", e.GetWorkflowError())
	seconds := begun.Add(10 * time.Minute).Unix()
	require.Equal(t, []string{
		fmt.Sprintf("20m0s raised notify/oncall/shop/orders/stale/%d-1", seconds),
		fmt.Sprintf("50m0s resolved notify/oncall/shop/orders/stale/%d-2", seconds),
	}, e.sent, "a notification that takes a day delays nothing")
	require.Contains(t, card, "| stale | 1 |")
}

func TestFiveHundredStaleInstancesAreOneNotification(t *testing.T) {
	t.Parallel()
	e := newAlertsEnv(t)
	var names []string
	for n := range 500 {
		names = append(names, fmt.Sprintf("shop/%03d", n))
	}
	receivers := []instance.Notification{oncall}
	e.signals(map[time.Duration]any{time.Minute: foundStale("1", receivers, names...), 11 * time.Minute: foundStale("2", receivers, names...)})
	e.ExecuteWorkflow(workflows.Alerts, raw(`{"state":{}}`))
	require.Len(t, e.sent, 1)
	require.Contains(t, e.sent[0], "digest notify/oncall/-/stale/")
}

// TestAlertsContinueAsNew shows that nothing is told twice or lost between the runs.
func TestAlertsContinueAsNew(t *testing.T) {
	t.Parallel()
	e := newAlertsEnv(t)
	runs := map[time.Duration]any{}
	for n := range 150 {
		runs[time.Duration(n)*jobs.WatchInterval] = foundStale(fmt.Sprint(n), []instance.Notification{oncall}, "shop/orders")
	}
	e.signals(runs)
	e.ExecuteWorkflow(workflows.Alerts, raw(`{"state":{}}`))
	input, stored := continued(t, e)
	require.Nil(t, input.Rest)
	require.Len(t, e.sent, 1)
	require.Equal(t, "143", input.State.Run, "after the runs of a day")
	require.Equal(t, 1, input.State.Standing()[estate.KindStale])

	next := newAlertsEnv(t)
	next.signals(map[time.Duration]any{time.Minute: foundStale("150", nil), 2 * time.Minute: foundStale("151", []instance.Notification{oncall})})
	next.ExecuteWorkflow(workflows.Alerts, stored)
	require.Len(t, next.sent, 1)
	require.Contains(t, next.sent[0], " resolved ")
}

// continued returns the input of the next run, also in the form in which it is
// stored.
func continued(t *testing.T, e *alertsEnv) (input alert.Input, stored converter.RawValue) {
	t.Helper()
	var on *workflow.ContinueAsNewError
	require.ErrorAs(t, e.GetWorkflowError(), &on)
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(on.Input, &input))
	return input, converter.NewRawValue(on.Input.GetPayloads()[0])
}

// TestManyNotificationsAreStartedInSeveralRuns: the server bounds the number of
// children of a run.
func TestManyNotificationsAreStartedInSeveralRuns(t *testing.T) {
	t.Parallel()
	var receivers []instance.Notification
	for n := range 50 {
		receivers = append(receivers, instance.Notification{Name: fmt.Sprintf("r%02d", n), URL: oncall.URL})
	}
	var es estate.Estate
	for n := range 10 {
		i := estate.Instance{Name: fmt.Sprintf("shop/%d", n)}
		for _, kind := range []estate.Kind{estate.KindStale, estate.KindFailed, estate.KindDamaged} {
			i.Problems = append(i.Problems, estate.Problem{Kind: kind, Severity: estate.Critical, Instance: i.Name, Message: "m"})
		}
		es.Instances = append(es.Instances, i)
	}
	e := newAlertsEnv(t)
	e.signals(map[time.Duration]any{time.Minute: alert.RunOf("1", es, receivers), 2 * time.Minute: alert.RunOf("2", es, receivers)})
	e.ExecuteWorkflow(workflows.Alerts, raw(`{"state":{}}`))
	sent := e.sent
	for rest, runs := true, 1; rest; runs++ {
		require.Equal(t, 500*runs, len(sent))
		input, stored := continued(t, e)
		e = newAlertsEnv(t)
		e.signals(map[time.Duration]any{time.Minute: alert.RunOf("3", es, receivers)})
		e.ExecuteWorkflow(workflows.Alerts, stored)
		sent = append(sent, e.sent...)
		rest = input.Rest.Started < 1000
	}
	require.True(t, temporal.IsCanceledError(e.GetWorkflowError()), "all are started")
	require.Equal(t, 1500, len(sent))
	ids := map[string]bool{}
	for _, text := range sent {
		_, id, _ := strings.Cut(text, "notify/")
		ids[id] = true
	}
	require.Equal(t, 1500, len(ids), "each once")
}

func TestAlertsRefuseAStrangersState(t *testing.T) {
	t.Parallel()
	for name, input := range map[string]string{
		"no state of alerts": `{"state":{"kinds":[{"kind":"stale","alerts":[{"instance":"../x","phase":"raised"}]}]}}`,
		"an unknown field":   `{"stat":{}}`,
		"a negative number":  `{"state":{},"rest":{"started":-1}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEnv(t)
			e.ExecuteWorkflow(workflows.Alerts, raw(input))
			require.Equal(t, failure.InvalidInput, e.failed(t).Code)
		})
	}
}
