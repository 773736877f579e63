package tenyears_test

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/retention"
	"github.com/pgvault/pgvault/internal/vault"
)

// archive moves the dumps whose time in the standard tier is over.
func (w *world) archive() {
	for _, r := range w.points {
		if !r.inArchive && !r.ArchiveAt.IsZero() && !w.now.Before(r.ArchiveAt) && r.Deleted == nil {
			r.inArchive, r.Tier = true, blobstore.Archive
			w.seen.archived++
		}
	}
}

// sweep plans with the planner of the sweeps, page by page as they do, and does
// what it says. Some sweeps have a wrong clock, and some die half-way.
func (w *world) sweep() {
	clock := w.now.Add(time.Duration(w.random.IntN(9)-4) * time.Minute)
	if w.chance(50) {
		clock = w.now.Add(time.Duration(w.random.IntN(20000)-10000) * time.Hour)
	}
	if !retention.ClocksAgree(clock, w.now) {
		w.seen.refusedSweeps++
		return
	}
	expected := w.sweepInWords(clock)
	decisions := w.plan(clock)
	whole := !w.chance(20)
	if !whole {
		decisions = decisions[:w.random.IntN(len(decisions)+1)]
	}
	for _, d := range decisions {
		w.requireAllowed(d, expected, clock)
		w.carryOut(d, clock)
	}
	if whole {
		w.requireDone(expected, clock)
	}
}

// plan hands the listing on in pages, and the planner's state as JSON.
func (w *world) plan(clock time.Time) []retention.Decision {
	var decisions []retention.Decision
	var state []byte
	planner := func(use func(*retention.Planner) []retention.Decision) {
		p := retention.Planner{Rules: retention.Rules{
			Now: clock, Grace: day, SoftDelete: w.soft > 0, RetainForever: w.protection == vault.RetainForever,
		}}
		if state != nil {
			require.NoError(w.t, json.Unmarshal(state, &p.State))
		}
		decisions = append(decisions, use(&p)...)
		var err error
		state, err = json.Marshal(p.State)
		require.NoError(w.t, err)
	}
	pages := slices.Collect(slices.Chunk(w.points, 1+w.random.IntN(2000)))
	for _, page := range pages {
		planner(func(p *retention.Planner) (some []retention.Decision) {
			for _, r := range page {
				some = append(some, p.Add(w.listed(r))...)
			}
			return some
		})
	}
	planner((*retention.Planner).End)
	return decisions
}

// listed is a point as a sweep sees it.
func (w *world) listed(r *record) retention.Point {
	p := retention.Point{
		ID: r.ID, Time: r.Time, Committed: r.Committed, Good: r.Good, Expires: r.Expires, LockedUntil: r.LockedUntil, Removing: r.Removing,
	}
	if r.Deleted != nil {
		p.Deleted = &retention.Deletion{Until: r.Deleted.Until, BySweep: r.Deleted.BySweep, Purging: r.Deleted.Purging}
	}
	if r.heldTill.After(w.now) {
		p.HeldBy = []string{"restore/1"}
	}
	return p
}

func (w *world) carryOut(d retention.Decision, clock time.Time) {
	if !d.Remove {
		return
	}
	i := slices.IndexFunc(w.points, func(r *record) bool { return r.ID == d.Point.ID })
	r := w.points[i]
	switch {
	case d.Soft:
		w.seen.swept++
		r.Deleted = &vault.Tombstone{At: clock, Until: clock.Add(w.soft), BySweep: true}
	case w.chance(20): // it dies in the middle of this one
		if r.Deleted != nil {
			r.Deleted.Purging = true
		} else {
			r.Removing, r.Good = true, false
		}
	default:
		w.seen.purged++
		w.points = slices.Delete(w.points, i, i+1)
	}
}

// fate is what the words have a sweep do with a point.
type fate string

const (
	stays  fate = "stays"
	buried fate = "is deleted, and can be brought back"
	purged fate = "is gone"
)

// sweepInWords says what becomes of each point, where one is left that can be
// restored. Where none is, nothing that may be all there is may go; see
// requireAllowed.
func (w *world) sweepInWords(clock time.Time) map[string]fate {
	last := w.lastGood()
	fates := map[string]fate{}
	for _, r := range w.points {
		held, locked := r.heldTill.After(w.now), r.LockedUntil.After(clock)
		over := !r.expire.After(clock)
		switch {
		case held || r == last:
			fates[r.ID] = stays
		case r.Deleted != nil:
			if fates[r.ID] = stays; !locked && (r.Deleted.Purging || !r.Deleted.Until.After(clock)) {
				fates[r.ID] = purged
			}
		case w.protection == vault.RetainForever || !over:
			fates[r.ID] = stays
		case w.soft > 0 && !r.Removing:
			fates[r.ID] = buried
		case locked && w.soft == 0:
			fates[r.ID] = stays
		default:
			fates[r.ID] = purged
		}
	}
	return fates
}

// lastGood is the newest point that can be restored; nil if there is none.
func (w *world) lastGood() *record {
	for _, r := range slices.Backward(w.points) {
		if r.Usable() {
			return r
		}
	}
	return nil
}
