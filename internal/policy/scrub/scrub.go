package scrub

import (
	"time"

	"github.com/pgvault/pgvault/internal/failure/clock"
	"github.com/pgvault/pgvault/internal/policy"
)

// Point is a recovery point whose dump can be read, as listed.
type Point struct {
	Instance string
	ID       string
	// Stored is the time at which the point was committed, since a backup reads
	// back what it has stored. It is zero for a point that was copied from elsewhere.
	Stored time.Time
	// Read is the time of the last read-back; zero if there was none.
	Read time.Time
	// Bytes is the length of the dump.
	Bytes int64
}

// Rules decide when a point is due.
type Rules struct {
	Now time.Time
	// Every is the longest time between two readings of a point.
	Every policy.Duration
}

// lastRead returns the time of the last reading of a point; zero if it was never
// read. A time that has not come is somebody's forgery, and counts for none.
func (r Rules) lastRead(p Point) time.Time {
	var last time.Time
	for _, at := range []time.Time{p.Stored, p.Read} {
		if at.After(last) && !at.After(r.Now.Add(clock.Tolerance)) {
			last = at
		}
	}
	return last
}

// DueAt returns the time from which the last reading of a point is too long ago.
func (r Rules) DueAt(p Point) time.Time { return r.Every.AddTo(r.lastRead(p)) }

// Due reports whether the last reading of a point is too long ago.
func (r Rules) Due(p Point) bool { return !r.DueAt(p).After(r.Now) }
