package tenyears_test

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/vault"
)

var worlds = flag.Uint64("worlds", 4, "how many vaults live through ten years")

// Ten years of daily backups of several vaults, each with a random policy that
// changes.
func TestTenYears(t *testing.T) {
	t.Parallel()
	const years = 10
	for i := range *worlds {
		t.Run(fmt.Sprintf("world %d", i), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, *seed, i)
			for range years * 365 {
				w.liveDay()
			}
			require.Greater(t, w.seen.commits, 500, "%s: %+v", w.name, w.seen)
			require.Positive(t, w.seen.failures, w.name)
			require.Positive(t, w.seen.refusedSweeps, w.name)
			require.Positive(t, w.seen.purged, w.name)
			require.Positive(t, w.seen.policies, w.name)
			require.Greater(t, w.seen.drills, 100, w.name)
			if w.settings.KeepsLastProven() {
				require.Positive(t, w.seen.keptProven, w.name)
			}
			w.requireEmptied()
			t.Logf("%+v", w.seen)
		})
	}
}

// requireEmptied sweeps long after the last backup: only the last good point
// remains, and the last proven one if that is older.
func (w *world) requireEmptied() {
	w.protection, w.outage = vault.Protected, time.Time{}
	for range 3 { // delete, purge, and what was being removed
		w.now = w.now.AddDate(25, 0, 0)
		for range 20 {
			w.now = w.now.Add(day)
			w.sweep()
		}
	}
	if w.lastGood() == nil {
		return
	}
	for _, p := range w.points {
		if p != w.lastGood() && p != w.lastProven() {
			require.Fail(w.t, "something is kept for ever", "%s: %s", w.name, p.ID)
		}
	}
}
