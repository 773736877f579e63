package outage

import (
	"cmp"
	"time"
)

// maxFaults is how many attempts may fail for anything but an outage, and how
// many outages may begin after an attempt had got somewhere.
const maxFaults = 8

// Endurance is what the attempts of a step leave to the next one, beside what
// the step itself does.
type Endurance struct {
	// Attempt is the last that has written this, and Ended tells that it has
	// ended by itself.
	Attempt int32 `json:"attempt,omitempty"`
	Ended   bool  `json:"ended,omitempty"`
	// Stops counts the attempts that ended because their worker stopped.
	Stops int `json:"stops,omitempty"`
	// Faults counts those that failed with a fault that is not an outage, or
	// vanished with their worker, or got somewhere before an outage.
	Faults int `json:"faults,omitempty"`
	// Since is when the outage began that goes on; zero if none does.
	Since time.Time `json:"since,omitzero"`
	// Off is since when attempts have only come to workers whose clock is wrong, by
	// the Temporal server's clock; zero if the last did not.
	Off time.Time `json:"off,omitzero"`
	// Offered is since when attempts are given back to a worker that may still have
	// the step's work, by the Temporal server's clock; zero if none is.
	Offered time.Time `json:"offered,omitzero"`
	// Error is what the last attempt failed for.
	Error string `json:"error,omitempty"`
	// Worker is who does the attempt.
	Worker string `json:"worker,omitempty"`
}

// Begin returns the record as an attempt begins with it. An attempt before it
// that never said how it ended has vanished with its worker, which is a fault. One
// whose worker also makes this attempt was given up by a Temporal server that had
// been away, which is none.
func (e Endurance) Begin(attempt int32, worker string) Endurance {
	latest := e.Attempt == attempt-1 || !e.Offered.IsZero()
	known := latest && (e.Ended || e.Worker == worker)
	if attempt > 1 && !known {
		e.Faults++
		e.Error = "the worker was not heard of any more"
	}
	e.Attempt, e.Ended, e.Worker, e.Off, e.Offered = attempt, false, worker, time.Time{}, time.Time{}
	return e
}

// offerLimit is how long a step is offered to the worker whose attempt has
// vanished. When a Temporal server was away, a worker may connect again after ten
// seconds, and ask for steps after another ten.
const offerLimit = 25 * time.Second

// Offer returns the record after an attempt that is given back at once: the one
// before it has vanished, and its worker may be alive, with the step's work. started
// is the attempt's start by the Temporal server's clock. Offer reports false if the
// worker is to take the attempt. The record is the same after each that is given
// back.
func (e Endurance) Offer(attempt int32, worker string, started time.Time) (Endurance, bool) {
	if e.Attempt == 0 || e.Ended || e.Worker == worker {
		return e, false
	}
	if e.Offered.IsZero() {
		e.Offered = started
		return e, e.Attempt == attempt-1
	}
	return e, started.Sub(e.Offered) < offerLimit
}

// Skewed returns the record after an attempt that came to a worker whose clock is
// wrong, and did nothing there. started is its start by another clock. An outage
// that other workers have met goes on meanwhile.
func (e Endurance) Skewed(attempt int32, worker string, started time.Time) Endurance {
	since := e.Off
	e = e.Begin(attempt, worker)
	e.Off, e.Ended = cmp.Or(since, started), true
	return e
}

// Exhausted reports whether there were more faults than another attempt is worth.
func (e Endurance) Exhausted() bool { return e.Faults >= maxFaults }

// Stopped returns the record after the attempt's worker has stopped.
func (e Endurance) Stopped() Endurance {
	e.Stops++
	e.Ended = true
	return e
}

// Failed returns the record after a fault that is not an outage.
func (e Endurance) Failed(text string) Endurance {
	e.Faults++
	e.Ended, e.Error, e.Since = true, text, time.Time{}
	return e
}

// Away returns the record after an outage, which began at a time. moved is when
// the attempt last got somewhere; zero if it did not.
func (e Endurance) Away(text string, began, moved time.Time) Endurance {
	if !moved.IsZero() {
		e.Faults++
		e.Since = time.Time{}
	}
	if e.Since.IsZero() {
		e.Since = began
	}
	e.Ended, e.Error = true, text
	return e
}

// Lasts is how long the outage has lasted.
func (e Endurance) Lasts(now time.Time) time.Duration {
	if e.Since.IsZero() {
		return 0
	}
	return now.Sub(e.Since)
}
