package estate

import (
	"time"

	"github.com/pgvault/pgvault/internal/policy/scrub"
	"github.com/pgvault/pgvault/internal/vault"
)

// Instance is the state of one backup instance.
type Instance struct {
	Name       string
	Database   string
	Server     string
	Policy     string
	Protection Protection
	Freshness  Freshness
	Objective  Objective
	// ProtectedSince is the time from which backups are expected.
	ProtectedSince time.Time
	// LastGood is the newest good point; nil if there is none.
	LastGood *Backup
	// Recent are the last 30 points, oldest first, good or not.
	Recent []Backup
	// Damaged are the IDs of the points that cannot be restored.
	Damaged []string
	// Deleted are the soft-deleted points.
	Deleted []Deletion
	// Tiers counts the instance's points by access tier, soft-deleted ones
	// included, since they are stored too.
	Tiers map[string]Count
	// LastFailure is the last failed backup. It may be older than LastGood.
	LastFailure *Failure
	// Drill is the state of the drills; nil if none are configured and none were done.
	Drill *Drill
	// Scrub is the part of the points that was read back recently; nil without
	// scrubs.
	Scrub *scrub.Coverage
	// Running is the running backup.
	Running *Running
	Next    time.Time
	// Missed are the starts of the last days without a point, a failed job or a
	// running one, oldest first.
	Missed []time.Time
	// Failures are the failed backups of the last days, oldest first.
	Failures []Failure
	// Calendar has the last 35 days, oldest first.
	Calendar []Day
	// Problems are sorted, the worst first.
	Problems []Problem
}

// Freshness is the state of an instance's newest good point.
type Freshness string

// The states of freshness, the best first.
const (
	// Fresh means that the newest good point is younger than the objective.
	Fresh Freshness = "fresh"
	// Late means that the newest good point is younger than the objective, and a
	// start is overdue.
	Late Freshness = "late"
	// Stale means that the newest good point is older than the objective.
	Stale Freshness = "stale"
	// Never means that the instance has been protected for longer than the
	// objective and has no good point.
	Never Freshness = "never"
	// Waiting means that the first good point is not due yet.
	Waiting Freshness = "waiting"
	// Unwatched means that the protection is stopped, so that none is due.
	Unwatched Freshness = "unwatched"
)

// Protection is the state of an instance's protection.
type Protection struct {
	State ProtectionState
	// Mode says what happens to the points of a stopped instance.
	Mode vault.ProtectionState
	// Since, By and Reason are those of the last stop or resumption.
	Since  time.Time
	By     string
	Reason string
	// Held are the schedules that start no jobs.
	Held []HeldSchedule
}

// HeldSchedule is a schedule that starts no jobs though it should.
type HeldSchedule struct {
	ID string
	// Missing reports whether it does not exist. Otherwise it is paused.
	Missing bool
	// Note is the note of the pause, which may name its author.
	Note string
}

// String describes the schedule.
func (h HeldSchedule) String() string {
	switch {
	case h.Missing:
		return "schedule " + h.ID + " does not exist"
	case h.Note == "":
		return "schedule " + h.ID + " is paused, without a note"
	}
	return "schedule " + h.ID + " is paused: " + h.Note
}

// ProtectionState is whether backups of an instance are made.
type ProtectionState string

// The states of protection.
const (
	Protected ProtectionState = "protected"
	// Stopped means that a person stopped the protection with pgvault.
	Stopped ProtectionState = "stopped"
	// NotScheduled means that a schedule is paused or missing, though the
	// protection was not stopped.
	NotScheduled ProtectionState = "not-scheduled"
)

// Backup is one recovery point in the history of an instance.
type Backup struct {
	Point string
	// At is the time for which the point was made, and Committed the time at
	// which it was stored, by the storage's clock.
	At        time.Time
	Committed time.Time
	Bytes     int64
	// Seconds is the time from the start of the dump to the commit; 0 if it is
	// unknown.
	Seconds float64
	Good    bool
}

// Deletion is a soft-deleted point.
type Deletion struct {
	Point string
	At    time.Time
	// Until is when the point is purged; zero if that is unknown.
	Until  time.Time
	By     string
	Reason string
	// Sweep reports whether a sweep deleted it, since it had expired.
	Sweep bool
}

// Failure is a failed job.
type Failure struct {
	Job     string
	At      time.Time
	Code    string
	Message string
}

// Running is a running backup.
type Running struct {
	Job     string
	RunID   string
	Started time.Time
	// Step is the running step and Phase what the job waits for.
	Step  string
	Phase string
	// Attempt counts from 1. LastError is the error of the attempt before.
	Attempt   int
	LastError string
}
