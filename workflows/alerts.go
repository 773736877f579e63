package workflows

import (
	"fmt"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/estate/alert"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx/events"
)

const (
	// alertRuns is the number of runs of the watch after which Alerts continues as
	// new: those of a day.
	alertRuns = int(24 * time.Hour / jobs.WatchInterval)
	// startedAtOnce is the number of deliveries that are started together, and
	// maxStarted that of a run of Alerts. The server allows 2,000 running children.
	startedAtOnce = 50
	maxStarted    = 500
)

// Alerts holds the state of a vault's alerts. Each run of the watch is signalled to
// it, and it starts a [Notify] for each message. It has no end, and continues as
// new. If it is lost, the next [Watch] starts it again and the standing alerts are
// raised again.
func Alerts(ctx workflow.Context, raw converter.RawValue) error {
	j := newJob(ctx, jobs.TypeAlerts)
	input, err := decode[alert.Input](raw)
	if err != nil {
		return j.close(ctx, err)
	}
	if err := j.describe(ctx); err != nil {
		return err
	}
	a := alerts{state: input.State}
	if input.Rest != nil {
		a.take(ctx, *input.Rest)
	}
	signals := workflow.GetSignalChannel(ctx, jobs.FoundSignal)
	for n := 0; n < alertRuns && a.rest == nil && !workflow.GetInfo(ctx).GetContinueAsNewSuggested(); n++ {
		signal, err := receive(ctx, signals)
		if err != nil {
			return err
		}
		a.found(ctx, signal)
	}
	for signal, ok := waiting(signals); ok && a.rest == nil; signal, ok = waiting(signals) {
		a.found(ctx, signal)
	}
	// A run that is still waiting here is lost. The next one follows within minutes.
	return workflow.NewContinueAsNewError(ctx, jobs.TypeAlerts, alert.Input{State: a.state, Rest: a.rest})
}

// receive returns the next signal. It returns an error if the workflow is
// cancelled.
func receive(ctx workflow.Context, signals workflow.ReceiveChannel) (signal converter.RawValue, err error) {
	workflow.NewSelector(ctx).
		AddReceive(signals, func(c workflow.ReceiveChannel, _ bool) { c.Receive(ctx, &signal) }).
		AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) { err = ctx.Err() }).
		Select(ctx)
	return signal, err
}

func waiting(signals workflow.ReceiveChannel) (signal converter.RawValue, ok bool) {
	ok = signals.ReceiveAsync(&signal)
	return signal, ok
}

// alerts is a run of Alerts.
type alerts struct {
	state   alert.State
	started int
	// rest is what the next run of Alerts has to do first.
	rest *alert.Rest
}

// found takes a signal. Anybody may send one: one that is not from the watch is
// ignored.
func (a *alerts) found(ctx workflow.Context, signal converter.RawValue) {
	run, err := decode[alert.Run](signal)
	if err != nil {
		tell(ctx, events.SignalIgnored, err)
		return
	}
	a.take(ctx, alert.Rest{Run: run, At: workflow.Now(ctx)})
}

// take changes the state by a run of the watch and starts the deliveries, from the
// first that was not started.
func (a *alerts) take(ctx workflow.Context, rest alert.Rest) {
	next, deliveries := alert.Next(a.state, rest.Run, rest.At)
	for from := min(rest.Started, len(deliveries)); from < len(deliveries); from += startedAtOnce {
		if a.started >= maxStarted {
			rest.Started = from
			a.rest = &rest
			return
		}
		some := deliveries[from:min(from+startedAtOnce, len(deliveries))]
		startDeliveries(ctx, some)
		a.started += len(some)
	}
	a.state = next
	a.show(ctx)
}

// startDeliveries starts deliveries and waits until the server has them. A delivery
// goes on when this workflow ends or is cancelled. One that was started before, which a reset may
// repeat, is not started again.
func startDeliveries(ctx workflow.Context, deliveries []alert.Delivery) {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	var started []workflow.Future
	for _, d := range deliveries {
		own := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
			WorkflowID: d.ID, TaskQueue: jobs.TaskQueue, ParentClosePolicy: enumspb.PARENT_CLOSE_POLICY_ABANDON,
			WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
			StaticSummary:         fmt.Sprintf("Tell %s: %s %s", d.Input.Notification, d.Input.Alert.State, d.Input.Alert.Kind),
		})
		started = append(started, workflow.ExecuteChildWorkflow(own, jobs.TypeNotify, d.Input).GetChildWorkflowExecution())
	}
	for n, f := range started {
		if err := f.Get(ctx, nil); err != nil && !temporal.IsWorkflowExecutionAlreadyStartedError(err) {
			tell(ctx, events.NotNotified, err, "notification", deliveries[n].ID)
		}
	}
}

// show sets the card to the number of standing alerts.
func (a *alerts) show(ctx workflow.Context) {
	var b strings.Builder
	b.WriteString("### Alerts\n\n| kind | raised |\n| --- | --- |\n")
	standing := a.state.Standing()
	for _, kind := range estate.Kinds() {
		if n := standing[kind]; n > 0 {
			fmt.Fprintf(&b, "| %s | %d |\n", kind, n)
		}
	}
	workflow.SetCurrentDetails(ctx, b.String())
}
