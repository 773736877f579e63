package tenyears_test

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure/clock"
	"github.com/pgvault/pgvault/internal/policy/retention"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/sweep"
)

// sweep plans with the planner of sweeps, page by page, and carries out the
// decisions. Some sweeps have a wrong clock, and some die half-way.
func (w *world) sweep() {
	now := w.now.Add(time.Duration(w.random.IntN(9)-4) * time.Minute)
	if w.chance(50) {
		now = w.now.Add(time.Duration(w.random.IntN(20000)-10000) * time.Hour)
	}
	if !clock.Agree(now, w.now) {
		w.seen.refusedSweeps++
		return
	}
	w.sweepInWords(now)
	before := slices.Clone(w.points)
	decisions := w.plan(now)
	whole := !w.chance(20)
	if !whole {
		decisions = decisions[:w.random.IntN(len(decisions)+1)]
	}
	for _, d := range decisions {
		w.carryOut(d, now)
	}
	if whole {
		w.requireDone(before, now)
	}
}

// plan passes the listing in pages and the planner's state as JSON. It returns
// the decisions that require an action.
func (w *world) plan(clock time.Time) []retention.Decision {
	var decisions []retention.Decision
	note := func(some []retention.Decision) {
		for i := range some {
			if some[i].Remove || some[i].Archive {
				decisions = append(decisions, some[i])
			}
		}
	}
	var state []byte
	planner := func(use func(*retention.Planner)) {
		p := retention.Planner{Rules: sweep.Rules(w.settings, w.protection, clock)}
		if state != nil {
			require.NoError(w.t, json.Unmarshal(state, &p.State))
		}
		use(&p)
		var err error
		state, err = json.Marshal(p.State)
		require.NoError(w.t, err)
	}
	for page := range slices.Chunk(w.points, 1+w.random.IntN(2000)) {
		planner(func(p *retention.Planner) {
			for _, r := range page {
				note(p.Add(w.listed(r)))
			}
		})
	}
	planner(func(p *retention.Planner) { note(p.End()) })
	return decisions
}

// listed returns a point as a sweep lists it.
func (w *world) listed(r *record) retention.Point {
	p, err := sweep.Planned(w.t.Context(), r.Point, w.soft, func(context.Context, string) (bool, error) { return r.heldTill.After(w.now), nil })
	if err != nil {
		require.NoError(w.t, err, w.name)
	}
	p.Proven = r.proven
	return p
}

// carryOut carries out a decision if the words allow it.
func (w *world) carryOut(d retention.Decision, clock time.Time) {
	i := slices.IndexFunc(w.points, func(r *record) bool { return r.ID == d.Point.ID })
	require.GreaterOrEqual(w.t, i, 0, "%s: %s is not there", w.name, d.Point.ID)
	r := w.points[i]
	w.requireAllowed(d, r, clock)
	switch {
	case d.Archive && w.now.Before(w.noArchive):
		// It is tried again each day.
	case d.Archive:
		w.seen.archived++
		r.inArchive, r.Tier = true, blobstore.Archive
	case d.Soft:
		w.seen.swept++
		r.Deleted = &vault.Tombstone{At: clock, Until: clock.Add(w.soft), BySweep: true}
	case w.chance(20): // it dies in the middle of this one
		r.died, r.Removing, r.Good, r.Copied = clock, true, false, false
	default:
		w.seen.purged++
		r.gone = true
		w.points = slices.Delete(w.points, i, i+1)
	}
}

// fate is what a sweep must do with a point, according to the words.
type fate string

const (
	stays  fate = "stays"
	moves  fate = "moves to the archive tier"
	buried fate = "is deleted, and can be brought back"
	purged fate = "is gone"
)

// sweepInWords decides the fate of each point in a vault with a restorable
// point. In a vault without one, nothing may be removed that may be the last;
// see requireAllowed.
func (w *world) sweepInWords(clock time.Time) {
	last, proven := w.lastGood(), w.lastProven()
	for _, r := range w.points {
		locked, over := r.LockedUntil.After(clock), !r.expire.After(clock)
		switch {
		case r.heldTill.After(w.now):
			r.fate = stays
		case w.movesInWords(r, clock):
			r.fate = moves
		case r == last:
			r.fate = stays
		case r.Deleted != nil:
			if r.fate = stays; !locked && !r.Deleted.Until.After(clock) {
				r.fate = purged
			}
		case w.protection == vault.RetainForever || !over:
			r.fate = stays
		case r == proven:
			r.fate = stays
			w.seen.keptProven++
		case w.soft > 0:
			r.fate = buried
		case locked && w.soft == 0:
			r.fate = stays
		default:
			r.fate = purged
		}
	}
}

// movesInWords reports whether a dump's time in the standard tier has ended, it
// is still there and restorable, and is kept for at least thirty more days.
func (w *world) movesInWords(r *record, clock time.Time) bool {
	over := !r.archived.IsZero() && !r.archived.After(clock)
	lasts := w.protection == vault.RetainForever || !r.expire.Before(clock.Add(30*day))
	return over && lasts && r.Usable() && !r.inArchive
}

// lastCopied returns the newest restorable point that was not read back, or nil
// if there is a good one.
func (w *world) lastCopied() *record {
	if w.lastGood() != nil {
		return nil
	}
	for _, r := range slices.Backward(w.points) {
		if r.Copied && r.Deleted == nil {
			return r
		}
	}
	return nil
}

// lastProven returns the newest restorable point that a drill has proven; nil if
// there is none or the vault does not keep it.
func (w *world) lastProven() *record {
	for _, r := range slices.Backward(w.points) {
		if w.settings.KeepsLastProven() && r.proven && r.Restorable() {
			return r
		}
	}
	return nil
}

// lastGood returns the newest good point, or nil if there is none.
func (w *world) lastGood() *record {
	for _, r := range slices.Backward(w.points) {
		if r.Usable() {
			return r
		}
	}
	return nil
}
