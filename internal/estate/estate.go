package estate

import (
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/policy/scrub"
)

// Estate is the state of a vault and of its instances at one time.
type Estate struct {
	// At is the time of the state, by the storage's clock.
	At time.Time
	// Container is the URL of the vault's container.
	Container string
	Vault     Vault
	// Instances are sorted: those with the worst problems first, then by name.
	Instances []Instance
}

// Well reports whether everything could be read and neither the vault nor an
// instance has a problem other than an information.
func (e Estate) Well() bool {
	bad := func(p Problem) bool { return p.Severity != Info }
	return len(e.Vault.Unseen) == 0 && !slices.ContainsFunc(e.Problems(), bad)
}

// Problems returns the problems of the vault and of all instances.
func (e Estate) Problems() []Problem {
	all := slices.Clone(e.Vault.Problems)
	for i := range e.Instances {
		all = append(all, e.Instances[i].Problems...)
	}
	return all
}

// Vault is the state of what all instances have in common.
type Vault struct {
	Sweep  Sweep
	Safety Safety
	// Tiers counts the points of all instances by access tier.
	Tiers map[string]Count
	// Scrub sums the coverage of the instances; nil without scrubs.
	Scrub *scrub.Coverage
	// Idle are the roles without a worker.
	Idle []string
	// Trust has the SHA-256 of each trust file that workers have, with the
	// workers that have it.
	Trust map[string][]string
	// Undelivered counts the notifications of the last days that were given up.
	Undelivered int
	// Unseen are the parts that could not be read, each with the reason. The
	// state does not contain them, which is not the same as being well.
	Unseen   []string
	Problems []Problem
}

// Sweep is the state of the retention sweep.
type Sweep struct {
	// Scheduled reports whether the schedule exists and is not paused.
	Scheduled bool
	// Note is the note of the schedule's pause.
	Note string
	Next time.Time
	// LastSuccess is the end of the last sweep that completed.
	LastSuccess time.Time
	// LastFailure is the last failed sweep, if none has completed since.
	LastFailure *Failure
	// MassDeletion is what the last sweep said of the instances at which it stopped,
	// since it would have deleted too many of their points at once.
	MassDeletion string
}

// Safety is the storage account's protection of blobs, and its shortfall against
// the trust file.
type Safety struct {
	Versions       bool
	SoftDeleteDays int
	// SoftDeleteUnseen reports whether the identity may not read SoftDeleteDays.
	SoftDeleteUnseen bool
	// Shortfall says what the account lacks though the trust file demands it, and
	// Remedy how to mend it.
	Shortfall string
	Remedy    string
}

// Count is a number of points and their stored bytes.
type Count struct {
	Points int
	Bytes  int64
}
