package temporalx

import (
	"fmt"
	"strings"
	"time"

	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
)

// The kinds of events of a story.
const (
	StoryJob   = "job"
	StoryStep  = "step"
	StoryChild = "child"
)

// StoryEvent is an event of a job.
type StoryEvent struct {
	At time.Time
	// Since is the time since the start of the job.
	Since time.Duration
	// Kind is one of the constants. Name is the name of the step, the ID of the child
	// or the type of the job.
	Kind, Name string
	// State is the state that begins: "started", "completed", "failed", "timed out",
	// "cancelled", "cancelling" or "terminated".
	State string
	// Took is the duration of a step, and Attempt the attempt with which it ended.
	Took    time.Duration
	Attempt int32
	// Reason is why it failed or was terminated.
	Reason string
	// Text is the event in words.
	Text string
}

// String returns the time since the start and the event in words.
func (e StoryEvent) String() string { return fmt.Sprintf("%10s  %s", e.Since, e.Text) }

// Story returns the events of a history that a person wants to see.
func Story(history *historypb.History) []StoryEvent {
	t := storyWriter{scheduled: map[int64]*historypb.HistoryEvent{}, attempts: map[int64]int32{}}
	for _, event := range history.GetEvents() {
		t.add(event)
	}
	return t.events
}

type storyWriter struct {
	began     time.Time
	scheduled map[int64]*historypb.HistoryEvent
	attempts  map[int64]int32
	events    []StoryEvent
}

// tell adds an event, whose words the format gives.
func (t *storyWriter) tell(event *historypb.HistoryEvent, e StoryEvent, format string, args ...any) {
	e.At = event.GetEventTime().AsTime()
	e.Since = e.At.Sub(t.began).Round(time.Millisecond)
	e.Text = fmt.Sprintf(format, args...)
	t.events = append(t.events, e)
}

func (t *storyWriter) add(event *historypb.HistoryEvent) {
	if a := event.GetWorkflowExecutionStartedEventAttributes(); a != nil {
		t.began = event.GetEventTime().AsTime()
		var input string
		for _, payload := range a.GetInput().GetPayloads() {
			input += " " + string(payload.GetData())
		}
		name := a.GetWorkflowType().GetName()
		t.tell(event, StoryEvent{Kind: StoryJob, Name: name, State: stateStarted}, "%s started%s", name, input)
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
		t.step(event, a.GetScheduledEventId(), StoryEvent{State: stateCompleted}, "done")
	}
	if a := event.GetActivityTaskFailedEventAttributes(); a != nil {
		why := reason(a.GetFailure())
		t.step(event, a.GetScheduledEventId(), StoryEvent{State: stateFailed, Reason: why}, "FAILED: "+why)
	}
	if a := event.GetActivityTaskTimedOutEventAttributes(); a != nil {
		why := reason(a.GetFailure())
		t.step(event, a.GetScheduledEventId(), StoryEvent{State: stateTimedOut, Reason: why}, "TIMED OUT: "+why)
	}
	if a := event.GetActivityTaskCanceledEventAttributes(); a != nil {
		t.step(event, a.GetScheduledEventId(), StoryEvent{State: stateCancelled}, "cancelled")
	}
}

func (t *storyWriter) step(event *historypb.HistoryEvent, scheduled int64, e StoryEvent, outcome string) {
	start := t.scheduled[scheduled]
	e.Kind, e.Attempt = StoryStep, t.attempts[scheduled]
	e.Name = start.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName()
	name := e.Name
	if summary := summaryOf(start); summary != "" {
		name += " (" + summary + ")"
	}
	e.Took = event.GetEventTime().AsTime().Sub(start.GetEventTime().AsTime()).Round(time.Millisecond)
	if e.Attempt > 1 {
		outcome = fmt.Sprintf("%s, at attempt %d", outcome, e.Attempt)
	}
	t.tell(event, e, "%s: %s, %s", name, e.Took, outcome)
}

func (t *storyWriter) addChild(event *historypb.HistoryEvent) {
	if a := event.GetChildWorkflowExecutionStartedEventAttributes(); a != nil {
		id := a.GetWorkflowExecution().GetWorkflowId()
		t.tell(event, StoryEvent{Kind: StoryChild, Name: id, State: stateStarted}, "child %s started, run %s", id, a.GetWorkflowExecution().GetRunId())
	}
	if a := event.GetStartChildWorkflowExecutionFailedEventAttributes(); a != nil {
		e := StoryEvent{Kind: StoryChild, Name: a.GetWorkflowId(), State: stateFailed, Reason: "not started: " + a.GetCause().String()}
		t.tell(event, e, "child %s %s", e.Name, e.Reason)
	}
	if a := event.GetChildWorkflowExecutionCompletedEventAttributes(); a != nil {
		id := a.GetWorkflowExecution().GetWorkflowId()
		t.tell(event, StoryEvent{Kind: StoryChild, Name: id, State: stateCompleted}, "child %s completed", id)
	}
	if a := event.GetChildWorkflowExecutionFailedEventAttributes(); a != nil {
		e := StoryEvent{Kind: StoryChild, Name: a.GetWorkflowExecution().GetWorkflowId(), State: stateFailed, Reason: reason(a.GetFailure())}
		t.tell(event, e, "child %s FAILED: %s", e.Name, e.Reason)
	}
}

func (t *storyWriter) addEnd(event *historypb.HistoryEvent) {
	switch {
	case event.GetWorkflowExecutionCancelRequestedEventAttributes() != nil:
		t.end(event, "cancelling", "", "asked to cancel")
	case event.GetWorkflowExecutionCompletedEventAttributes() != nil:
		t.end(event, stateCompleted, "", "completed")
	case event.GetWorkflowExecutionFailedEventAttributes() != nil:
		why := reason(event.GetWorkflowExecutionFailedEventAttributes().GetFailure())
		t.end(event, stateFailed, why, "failed: "+why)
	case event.GetWorkflowExecutionCanceledEventAttributes() != nil:
		t.end(event, stateCancelled, "", "cancelled")
	case event.GetWorkflowExecutionTerminatedEventAttributes() != nil:
		why := event.GetWorkflowExecutionTerminatedEventAttributes().GetReason()
		t.end(event, "terminated", why, "terminated: "+why)
	case event.GetWorkflowExecutionTimedOutEventAttributes() != nil:
		t.end(event, stateTimedOut, "", "timed out")
	}
}

func (t *storyWriter) end(event *historypb.HistoryEvent, state, why, text string) {
	t.tell(event, StoryEvent{Kind: StoryJob, State: state, Reason: why}, "%s", text)
}

// States of several kinds of events.
const (
	stateStarted   = "started"
	stateCompleted = "completed"
	stateFailed    = "failed"
	stateTimedOut  = "timed out"
	stateCancelled = "cancelled"
)

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
