package temporalx

import (
	"fmt"
	"strings"
	"time"

	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
)

// Story returns a history as lines, one for each event: the time since the
// start, the event, and its duration.
func Story(history *historypb.History) []string {
	t := storyWriter{scheduled: map[int64]*historypb.HistoryEvent{}, attempts: map[int64]int32{}}
	for _, event := range history.GetEvents() {
		t.add(event)
	}
	return t.lines
}

type storyWriter struct {
	began     time.Time
	scheduled map[int64]*historypb.HistoryEvent
	attempts  map[int64]int32
	lines     []string
}

func (t *storyWriter) tell(event *historypb.HistoryEvent, format string, args ...any) {
	since := event.GetEventTime().AsTime().Sub(t.began).Round(time.Millisecond)
	t.lines = append(t.lines, fmt.Sprintf("%10s  %s", since, fmt.Sprintf(format, args...)))
}

func (t *storyWriter) add(event *historypb.HistoryEvent) {
	if a := event.GetWorkflowExecutionStartedEventAttributes(); a != nil {
		t.began = event.GetEventTime().AsTime()
		var input string
		for _, payload := range a.GetInput().GetPayloads() {
			input += " " + string(payload.GetData())
		}
		t.tell(event, "%s started%s", a.GetWorkflowType().GetName(), input)
	}
	t.addStep(event)
	t.addChild(event)
	t.addEnd(event)
}

func (t *storyWriter) addStep(event *historypb.HistoryEvent) {
	if event.GetActivityTaskScheduledEventAttributes() != nil {
		t.scheduled[event.GetEventId()] = event
	}
	if a := event.GetActivityTaskStartedEventAttributes(); a != nil {
		t.attempts[a.GetScheduledEventId()] = a.GetAttempt()
	}
	if a := event.GetActivityTaskCompletedEventAttributes(); a != nil {
		t.step(event, a.GetScheduledEventId(), "done")
	}
	if a := event.GetActivityTaskFailedEventAttributes(); a != nil {
		t.step(event, a.GetScheduledEventId(), "FAILED: "+reason(a.GetFailure()))
	}
	if a := event.GetActivityTaskTimedOutEventAttributes(); a != nil {
		t.step(event, a.GetScheduledEventId(), "TIMED OUT: "+reason(a.GetFailure()))
	}
	if a := event.GetActivityTaskCanceledEventAttributes(); a != nil {
		t.step(event, a.GetScheduledEventId(), "cancelled")
	}
}

func (t *storyWriter) step(event *historypb.HistoryEvent, scheduled int64, outcome string) {
	start := t.scheduled[scheduled]
	name := start.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName()
	if summary := summaryOf(start); summary != "" {
		name += " (" + summary + ")"
	}
	took := event.GetEventTime().AsTime().Sub(start.GetEventTime().AsTime()).Round(time.Millisecond)
	if attempt := t.attempts[scheduled]; attempt > 1 {
		outcome = fmt.Sprintf("%s, at attempt %d", outcome, attempt)
	}
	t.tell(event, "%s: %s, %s", name, took, outcome)
}

func (t *storyWriter) addChild(event *historypb.HistoryEvent) {
	if a := event.GetChildWorkflowExecutionStartedEventAttributes(); a != nil {
		t.tell(event, "child %s started, run %s", a.GetWorkflowExecution().GetWorkflowId(), a.GetWorkflowExecution().GetRunId())
	}
	if a := event.GetStartChildWorkflowExecutionFailedEventAttributes(); a != nil {
		t.tell(event, "child %s not started: %s", a.GetWorkflowId(), a.GetCause())
	}
	if a := event.GetChildWorkflowExecutionCompletedEventAttributes(); a != nil {
		t.tell(event, "child %s completed", a.GetWorkflowExecution().GetWorkflowId())
	}
	if a := event.GetChildWorkflowExecutionFailedEventAttributes(); a != nil {
		t.tell(event, "child %s FAILED: %s", a.GetWorkflowExecution().GetWorkflowId(), reason(a.GetFailure()))
	}
}

func (t *storyWriter) addEnd(event *historypb.HistoryEvent) {
	switch {
	case event.GetWorkflowExecutionCancelRequestedEventAttributes() != nil:
		t.tell(event, "asked to cancel")
	case event.GetWorkflowExecutionCompletedEventAttributes() != nil:
		t.tell(event, "completed")
	case event.GetWorkflowExecutionFailedEventAttributes() != nil:
		t.tell(event, "failed: %s", reason(event.GetWorkflowExecutionFailedEventAttributes().GetFailure()))
	case event.GetWorkflowExecutionCanceledEventAttributes() != nil:
		t.tell(event, "cancelled")
	case event.GetWorkflowExecutionTerminatedEventAttributes() != nil:
		t.tell(event, "terminated: %s", event.GetWorkflowExecutionTerminatedEventAttributes().GetReason())
	case event.GetWorkflowExecutionTimedOutEventAttributes() != nil:
		t.tell(event, "timed out")
	}
}

// reason returns the first line of the innermost cause, with its code.
func reason(f *failurepb.Failure) string {
	for f.GetCause() != nil {
		f = f.GetCause()
	}
	line, _, _ := strings.Cut(f.GetMessage(), "\n")
	if code := f.GetApplicationFailureInfo().GetType(); code != "" {
		return code + ": " + line
	}
	return line
}
