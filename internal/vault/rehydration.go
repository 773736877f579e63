package vault

import (
	"fmt"
	"path"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// Rehydration is the state of the readable copy of an archived dump. All
// restores share the copy while it is kept.
type Rehydration struct {
	// Copy is the name of the copy's blob.
	Copy string `json:"copy"`
	// Attempt counts the copies requested from the storage, from 1.
	Attempt  int                `json:"attempt"`
	Priority blobstore.Priority `json:"priority"`
	// At is the start of the copy, and Expected its latest expected end.
	At       time.Time `json:"at"`
	Expected time.Time `json:"expected"`
	// Ready is the time at which the copy was found ready; zero until then.
	Ready time.Time `json:"ready,omitzero"`
	// HoldDays is the number of days for which the copy is kept once it is
	// ready: the highest number that a job has asked for. Until is their end,
	// an estimate until the copy is ready.
	HoldDays int       `json:"holdDays"`
	Until    time.Time `json:"until"`
	// Job is the job that started the copy; LastJob and LastRun are the job and
	// run that asked for it last.
	Job     string `json:"job"`
	LastJob string `json:"lastJob"`
	LastRun string `json:"lastRun"`

	etag string
}

// readRehydration returns a state that names no copy if it cannot read the
// blob. A sweep removes such a state with its copies, and a restore replaces
// it.
func readRehydration(blob blobstore.Blob) *Rehydration {
	r := &Rehydration{}
	// Otherwise a forged state could have another blob deleted as a copy.
	if !readState(blob.Meta, r) || !isCopy(r.Copy) || path.Dir(r.Copy) != path.Dir(blob.Name) || r.HoldDays < 0 || r.Attempt < 1 {
		r = &Rehydration{}
	}
	r.etag = blob.ETag
	return r
}

func rehydrationPath(instance, id string) string { return pointPrefix(instance, id) + rehydrationName }

// copyName returns the name of a copy, unique to the run.
func copyName(instance, id, job, run string, attempt int) string {
	name := pointPrefix(instance, id) + copyPrefix + fileSafe(job) + "-" + ShortID(run)
	if attempt > 1 {
		name += fmt.Sprintf("-%d", attempt)
	}
	return name + ".dump"
}

// StandardTakes and HighTakes are the longest durations of a copy by Azure's
// documentation; HighTakes is for dumps below 10 GB.
const (
	StandardTakes = 15 * time.Hour
	HighTakes     = time.Hour
)

// days returns n times 24 hours.
func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

func expected(from time.Time, p blobstore.Priority) time.Time {
	if p == blobstore.High {
		return from.Add(HighTakes)
	}
	return from.Add(StandardTakes)
}

// strayCopyNames returns the rehydrated copies that no state names, also those of
// which only versions are left. A copy that a container's default policy keeps goes
// with the point. Nothing but a copy's own name makes a blob one: of a dump, marks
// and metadata could say so falsely.
func (p Point) strayCopyNames() (names []string) {
	for _, b := range slices.Concat(p.Blobs, p.Earlier) {
		named := p.Rehydration != nil && p.Rehydration.Copy == b.Name
		kept := b.Previous && b.Policy != (blobstore.ImmutabilityPolicy{})
		if isCopy(b.Name) && !named && !kept {
			names = append(names, b.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
