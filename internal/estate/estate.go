package estate

import (
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/policy/scrub"
)

// Estate is the state of a vault and of its instances at one time.
type Estate struct {
	// At is the time of the state, by the storage's clock.
	At time.Time `json:"at"`
	// Container is the URL of the vault's container.
	Container string `json:"container"`
	Vault     Vault  `json:"vault"`
	// Instances are sorted: those with the worst problems first, then by name.
	Instances []Instance `json:"instances"`
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
	Sweep  Sweep  `json:"sweep"`
	Safety Safety `json:"safety"`
	// Tiers counts the points of all instances by access tier.
	Tiers map[string]Count `json:"tiers"`
	// Scrub sums the coverage of the instances; nil without scrubs.
	Scrub *scrub.Coverage `json:"scrub,omitempty"`
	// Idle are the roles without a worker.
	Idle []string `json:"rolesWithoutWorker,omitempty"`
	// Trust has the SHA-256 of each trust file that workers have, with the
	// workers that have it.
	Trust map[string][]string `json:"trustFiles,omitempty"`
	// Undelivered counts the notifications of the last days that were given up.
	Undelivered int `json:"undelivered"`
	// Unseen are the parts that could not be read, each with the reason. The
	// state does not contain them, which is not the same as being well.
	Unseen   []string  `json:"unseen,omitempty"`
	Problems []Problem `json:"problems,omitempty"`
}

// Sweep is the state of the retention sweep.
type Sweep struct {
	// Scheduled reports whether the schedule exists and is not paused.
	Scheduled bool `json:"scheduled"`
	// Note is the note of the schedule's pause.
	Note string    `json:"note,omitempty"`
	Next time.Time `json:"next,omitzero"`
	// LastSuccess is the end of the last sweep that completed.
	LastSuccess time.Time `json:"lastSuccess,omitzero"`
	// LastFailure is the last failed sweep, if none has completed since.
	LastFailure *Failure `json:"lastFailure,omitempty"`
	// MassDeletion is what the last sweep said of the instances at which it stopped,
	// since it would have deleted too many of their points at once.
	MassDeletion string `json:"massDeletion,omitempty"`
}

// Safety is the storage account's protection of blobs, and its shortfall against
// the trust file.
type Safety struct {
	Versions       bool `json:"versions"`
	SoftDeleteDays int  `json:"softDeleteDays"`
	// SoftDeleteUnseen reports whether the identity may not read SoftDeleteDays.
	SoftDeleteUnseen bool `json:"softDeleteUnseen,omitempty"`
	// Shortfall says what the account lacks though the trust file demands it, and
	// Remedy how to mend it.
	Shortfall string `json:"shortfall,omitempty"`
	Remedy    string `json:"remedy,omitempty"`
}

// Count is a number of points and their stored bytes.
type Count struct {
	Points int   `json:"points"`
	Bytes  int64 `json:"bytes"`
}
