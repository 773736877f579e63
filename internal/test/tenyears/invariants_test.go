package tenyears_test

import (
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/policy/retention"
)

// requireAllowed checks one decision against the words before it is carried
// out.
func (w *world) requireAllowed(d retention.Decision, r *record, clock time.Time) {
	does := purged
	switch {
	case d.Archive:
		does = moves
	case d.Soft:
		does = buried
	}
	require.Equal(w.t, r.fate, does, "%s, %s: %s: %s", w.name, clock, r.ID, d.Why)
	if !d.Remove {
		return
	}
	if r.Deleted == nil {
		require.False(w.t, r.expire.After(clock), "%s: a rule still keeps %s", w.name, r.ID)
	}
	if r.Deleted == nil {
		require.NotSame(w.t, w.lastProven(), r, "%s: the last proven point", w.name)
	}
	if last := w.lastGood(); last == nil {
		require.NotSame(w.t, w.lastCopied(), r, "%s: the last copied point", w.name)
		w.requireNotAllThereIs(r)
	} else {
		require.NotSame(w.t, last, r, "%s: the last good point", w.name)
	}
}

// requireNotAllThereIs checks a removal in a vault without a restorable point:
// a sweep may remove only what people deleted, or what has something better
// beside it.
func (w *world) requireNotAllThereIs(r *record) {
	if r.Deleted != nil && !r.Deleted.BySweep {
		return
	}
	require.True(w.t, slices.ContainsFunc(w.points, func(other *record) bool {
		bySweep, notOlder := other.Deleted != nil && other.Deleted.BySweep, !other.Time.Before(r.Time)
		switch {
		case other == r:
			return false
		case r.Copied:
			return other.Good && bySweep || other.Copied && (other.Deleted == nil || bySweep && notOlder)
		}
		return other.Good && bySweep && notOlder
	}), "%s: %s may be all there is", w.name, r.ID)
}

// requireDone checks the vault against the words after a whole sweep: nothing
// exists that should be removed, and nothing is removed that should exist.
func (w *world) requireDone(before []*record, clock time.Time) {
	if w.lastGood() == nil {
		return
	}
	for _, r := range before {
		is := stays
		switch {
		case r.gone || r.died.Equal(clock):
			is = purged
		case r.Deleted != nil && r.Deleted.BySweep && r.Deleted.At.Equal(clock):
			is = buried
		case r.fate == moves && (r.inArchive || w.now.Before(w.noArchive)):
			is = moves
		}
		if is != r.fate {
			require.Fail(w.t, "not as in words", "%s, %s: %s %s, and should be one that %s; it expires %s", w.name, clock, r.ID, is, r.fate, r.expire)
		}
	}
}

// requireInvariants checks every point against the words. There are thousands
// each day, so messages are formatted only on failure.
func (w *world) requireInvariants() {
	newest := map[string]*record{}
	for _, r := range w.points {
		if r.wantRule != r.Rule || !r.expire.Equal(r.Expires) || !r.archived.Equal(r.ArchiveAt) {
			require.Fail(w.t, "not as in words", "%s, %s: %s comes under %s (%s), is archived %s (%s), expires %s (%s)",
				w.name, w.now, r.ID, r.Rule, r.wantRule, r.ArchiveAt, r.archived, r.Expires, r.expire)
		}
		// A dump that was archived before a policy without archive was
		// reapplied keeps its date.
		if !r.ArchiveAt.IsZero() && (r.Extended == nil || !r.inArchive) && !(r.Time.Before(r.ArchiveAt) && r.ArchiveAt.Before(r.Expires)) {
			require.Fail(w.t, "archived outside its life", "%s: %s", w.name, r.ID)
		}
		w.requireMonotone(newest, r)
	}
}

// requireMonotone compares a point with the previous one under the same rule of
// the same policy: it is not archived or removed on an earlier day. It may be
// earlier within a day, since months differ in length: a month after 30 January
// at noon, and after 29 January at one, is 28 February.
func (w *world) requireMonotone(newest map[string]*record, r *record) {
	before := newest[r.Rule]
	newest[r.Rule] = r
	if before == nil || before.policies != r.policies || before.Extended != nil || r.Extended != nil {
		return
	}
	if before.ArchiveAt.Sub(r.ArchiveAt) >= day || before.Expires.Sub(r.Expires) >= day {
		require.Fail(w.t, "not in the order of their times", "%s: %s is archived or expires before %s", w.name, r.ID, before.ID)
	}
}
