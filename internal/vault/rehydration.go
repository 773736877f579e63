package vault

import (
	"fmt"
	"path"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// Rehydration says which readable copy of an archived dump there is, or is in
// the making: one for all restores that come while it is kept.
type Rehydration struct {
	// Copy is the copy's blob.
	Copy string `json:"copy"`
	// Attempt counts the copies that the storage was asked for, from 1.
	Attempt  int                `json:"attempt"`
	Priority blobstore.Priority `json:"priority"`
	// At is when it was begun, and Expected when it should be done at the latest.
	At       time.Time `json:"at"`
	Expected time.Time `json:"expected"`
	// Ready is when it was seen to be done; zero until then.
	Ready time.Time `json:"ready,omitzero"`
	// HoldDays is for how many days the copy is kept once it is ready, the most
	// that a job has asked for, and Until their end; an estimate until it is ready.
	HoldDays int       `json:"holdDays"`
	Until    time.Time `json:"until"`
	// Job has begun it; LastJob, in its run LastRun, was the last to ask for it.
	Job     string `json:"job"`
	LastJob string `json:"lastJob"`
	LastRun string `json:"lastRun"`

	etag string
}

// readRehydration takes one that it cannot read for one that names no copy: a
// sweep removes it with its copies, and a restore puts its own in its place.
func readRehydration(blob blobstore.Blob) *Rehydration {
	r := &Rehydration{}
	// A state that named another blob would have it deleted as a copy.
	if !readState(blob.Meta, r) || !isCopy(r.Copy) || path.Dir(r.Copy) != path.Dir(blob.Name) || r.HoldDays < 0 || r.Attempt < 1 {
		r = &Rehydration{}
	}
	r.etag = blob.ETag
	return r
}

func rehydrationPath(instance, id string) string { return pointPrefix(instance, id) + rehydrationName }

// copyName is a name that no other run has.
func copyName(instance, id, job, run string, attempt int) string {
	name := pointPrefix(instance, id) + copyPrefix + fileSafe(job) + "-" + ShortID(run)
	if attempt > 1 {
		name += fmt.Sprintf("-%d", attempt)
	}
	return name + ".dump"
}

// StandardTakes and HighTakes are how long a copy takes at most, by Azure's
// documentation: with high priority, of a dump below 10 GB.
const (
	StandardTakes = 15 * time.Hour
	HighTakes     = time.Hour
)

// days are those of a hold, which are not a calendar's.
func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

func expected(from time.Time, p blobstore.Priority) time.Time {
	if p == blobstore.High {
		return from.Add(HighTakes)
	}
	return from.Add(StandardTakes)
}

// strayCopyNames are the copies that no state names any longer, be there nothing left of
// one but versions. What a container's default policy keeps goes with the point.
// A dump of another attempt is such a copy too: [Vault.DropLeftovers] comes too
// early for one that was still on its way. Only beside a dump that is the one the
// manifest names is it sure that nobody needs it.
func (p Point) strayCopyNames() (names []string) {
	for _, b := range slices.Concat(p.Blobs, p.Earlier) {
		unnamed := isCopy(b.Name) && !(p.Rehydration != nil && p.Rehydration.Copy == b.Name)
		others := isDump(b.Name) && p.Good && b.Name != p.DumpBlob
		if (unnamed || others) && !(b.Previous && b.Policy != (blobstore.ImmutabilityPolicy{})) {
			names = append(names, b.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// StrayCopies reports whether a sweep has copies to remove that no job uses.
func (p Point) StrayCopies() bool { return len(p.strayCopyNames()) > 0 }
