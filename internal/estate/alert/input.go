package alert

import "time"

// Input is the input of the workflow that holds the state of alerts. Its zero value
// begins without alerts.
type Input struct {
	State State `json:"state"`
	// Rest is set if the run before has not started all deliveries of a run of the
	// watch. The state is then that before it.
	Rest *Rest `json:"rest,omitempty"`
}

// Rest is a run of the watch, the time at which it arrived, and the number of its
// deliveries that were started.
type Rest struct {
	Run     Run       `json:"run"`
	At      time.Time `json:"at"`
	Started int       `json:"started"`
}

// Check returns a [failure.InvalidInput] for an input that this package cannot have
// made.
func (i Input) Check() error {
	if err := i.State.Check(); err != nil || i.Rest == nil {
		return err
	}
	if i.Rest.Started < 0 {
		return atMost("started", 1, 0)
	}
	return i.Rest.Run.Check()
}
