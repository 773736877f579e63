package estate

import (
	"time"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/scrub"
	"github.com/pgvault/pgvault/internal/vault"
)

// Days is the number of days of jobs and missed starts that an estate shows.
const Days = 35

// Input is what [Compute] derives an estate from.
type Input struct {
	// Now is the storage's time.
	Now       time.Time
	Container string
	// Sweep is the schedule of the vault's sweep.
	Sweep     policy.Schedule
	Instances []Listed
	// Schedules are the schedules on the Temporal server by ID; nil if the server
	// could not be asked.
	Schedules map[string]Schedule
	// Records are those of the jobs that ended within the last [Days], the latest
	// start first.
	Records []jobs.Record
	// Running are the running backups by instance.
	Running map[string]Running
	Safety  Safety
	// Idle, Trust, Undelivered and Unseen become the fields of [Vault].
	Idle        []string
	Trust       map[string][]string
	Undelivered int
	Unseen      []string
}

// Listed is an instance as a listing of the vault shows it.
type Listed struct {
	Instance instance.Instance
	// Since is the time of the definition's first version, and Changed that of its
	// last change, by the storage's clock.
	Since, Changed time.Time
	Protection     vault.Protection
	// Points are committed, oldest first.
	Points []Point
	Proofs Proofs
	// Scrub is nil without scrubs.
	Scrub *scrub.Coverage
}

// Schedule is a schedule on the Temporal server.
type Schedule struct {
	Paused bool
	// Note is the note of the pause.
	Note string
	Next time.Time
}

// Point is the part of a listed point that an estate needs.
type Point struct {
	Backup
	Tier string
	// Restorable reports whether the point can be restored, and Damaged whether it
	// cannot though nobody removed it.
	Restorable, Damaged bool
	Deleted             *vault.Tombstone
}

// longestDump is the longest time from the start of a dump to the commit that is
// believed. A copied point has a later time of storage.
const longestDump = 7 * 24 * time.Hour

// PointOf returns the part of a committed point that an estate needs.
func PointOf(p vault.Point) Point {
	point := Point{
		Backup: Backup{
			Point: p.ID, At: p.Time, Committed: p.Stored, Bytes: p.DumpSize, Good: p.Restorable(),
		},
		Tier: string(p.Tier), Restorable: p.Restorable(), Deleted: p.Deleted,
	}
	point.Damaged = !p.Good && !p.Copied && !p.Removing && p.Deleted == nil
	if took := p.Stored.Sub(p.Taken); !p.Taken.IsZero() && took > 0 {
		if took > longestDump {
			// The blobs were copied, and have the times of the copy.
			point.Committed = p.Taken
			return point
		}
		point.Seconds = took.Seconds()
	}
	return point
}
