package outage

import (
	"cmp"
	"time"
)

// maxFaults bounds both the attempts that fail for other reasons than an
// outage, and the outages that begin after an attempt has made progress.
const maxFaults = 8

// Endurance is the record that the attempts of a step pass to the next one,
// besides the step's own details.
type Endurance struct {
	// Attempt is the last attempt that has written the record. Ended reports
	// whether it has returned.
	Attempt int32 `json:"attempt,omitempty"`
	Ended   bool  `json:"ended,omitempty"`
	// Stops counts the attempts that ended because their worker stopped.
	Stops int `json:"stops,omitempty"`
	// Faults counts the attempts that failed for another reason than an outage,
	// vanished with their worker, or made progress before an outage.
	Faults int `json:"faults,omitempty"`
	// Since is the start of the current outage; zero if there is none.
	Since time.Time `json:"since,omitzero"`
	// Off is the time, by the Temporal server's clock, since which attempts
	// have only reached workers with a wrong clock; zero if the last did not.
	Off time.Time `json:"off,omitzero"`
	// Offered is the time, by the Temporal server's clock, since which attempts
	// have been given back for a worker that may still have the step's work;
	// zero if none was.
	Offered time.Time `json:"offered,omitzero"`
	// Error is the error of the last attempt.
	Error string `json:"error,omitempty"`
	// Worker is the worker of the attempt.
	Worker string `json:"worker,omitempty"`
}

// Begin returns the record at the start of an attempt. A previous attempt that
// never returned has vanished with its worker, which is a fault. If this
// attempt has the same worker, the Temporal server gave the previous one up
// after an outage of its own, which is no fault.
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
// vanished. After an outage of the Temporal server, a worker may reconnect
// after ten seconds and poll after another ten.
const offerLimit = 25 * time.Second

// Offer returns the record after an attempt that is given back at once, because
// the previous one has vanished and its worker may be alive with the step's
// work. started is the attempt's start by the Temporal server's clock. Offer
// returns false if the worker must take the attempt. The record is the same
// after each attempt that is given back.
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

// Skewed returns the record after an attempt on a worker with a wrong clock,
// which did nothing. started is the attempt's start by another clock. A current
// outage continues.
func (e Endurance) Skewed(attempt int32, worker string, started time.Time) Endurance {
	since := e.Off
	e = e.Begin(attempt, worker)
	e.Off, e.Ended = cmp.Or(since, started), true
	return e
}

// Exhausted reports whether the faults have reached their limit, so that no
// attempt follows.
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

// Away returns the record after an outage that started at began. moved is the
// time of the attempt's last progress; zero if it made none.
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

// Lasts returns how long the outage has lasted.
func (e Endurance) Lasts(now time.Time) time.Duration {
	if e.Since.IsZero() {
		return 0
	}
	return now.Sub(e.Since)
}
