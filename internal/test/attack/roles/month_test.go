package roles_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault"
)

// month is how many days pass after an attack.
const month = 31

// outcome is what became of the versions of a good point.
type outcome struct {
	// refused reports whether the role does not permit a request of the operation.
	refused bool
	// until is for how many days the listing has every version; [month] if they stay.
	until int
}

var kept = outcome{until: month}

func (o outcome) String() string {
	text := "every version is kept"
	if o.until < month {
		text = fmt.Sprintf("every version is kept for %d days, and by soft delete for %d more", o.until, term)
	}
	if o.refused {
		text = "refused; " + text
	}
	return text
}

// live has an identity attack, and sweeps run daily for a month after that. It fails
// the test if a version is lost within the term, or before soft delete has kept it for
// as long once a sweep has purged it.
func (w *world) live(t *testing.T, identity string, op operation, allowMass bool) (done outcome) {
	t.Helper()
	target := w.good[2]
	before := w.store.Kept(points)
	err := op.do(attacker{Context: t.Context(), storage: w.as(identity), now: w.now(), points: w.good, target: target})
	if done.refused = failure.CodeOf(err) == failure.ContainerNotAccessible; !done.refused {
		require.NoError(t, err)
	}
	prune := sweeper(w.as("prune"), w.file, w.now, allowMass)
	done.until = month
	for day := range month {
		_, err := sweepAll(t.Context(), prune)
		if code := failure.CodeOf(err); err != nil && code != failure.VaultDamaged && code != failure.InvalidConfiguration {
			require.NoError(t, err)
		}
		now := w.store.Kept(points)
		for _, m := range w.good {
			for _, v := range versions(before, m) {
				listed, there := now[v]
				if !listed {
					done.until = min(done.until, day)
				}
				require.True(t, there || day >= done.until+term, "%s: %s is lost after %d days", op.name, v, day)
			}
		}
		w.ahead.Add(int64(24 * time.Hour))
	}
	return done
}

// afterTheTerm is a point that a sweep purges for the sake of a forged mark, once the
// term has passed. A mark that a person's deletion writes cannot be told from it.
var afterTheTerm = outcome{until: term}

// TestMonthAfterAnAttack is the matrix of identities and operations. An operation that
// is not named is to leave every version of every point.
func TestMonthAfterAnAttack(t *testing.T) {
	t.Parallel()
	purged := map[string]bool{
		"tombstone": true, "tombstone of a sweep": true, "tombstone that is purging": true,
		"retention": true, "retention, removal and tombstone": true, "retention and verification as damaged": true,
		"vault.json without soft delete": true, "tombstones of all points but one": true,
		"retention of the last point beside a false one": true, "delete manifest after a forged retention": true,
	}
	removing := map[string]bool{}
	for _, op := range deletions {
		removing[op.name] = true
	}
	for _, op := range slices.Concat(overwrites, deletions, marks, settings, combined) {
		for _, identity := range []string{"backup", "restore", "prune"} {
			t.Run(op.name+" as "+identity, func(t *testing.T) {
				t.Parallel()
				want := kept
				if purged[op.name] {
					want = afterTheTerm
				}
				want.refused = removing[op.name] && identity != "prune"
				require.Equal(t, want.String(), newWorld(t, term).live(t, identity, op, false).String())
			})
		}
	}
}

// TestLimit_AFewPointsADayAreNoMassDeletion: three points of an instance may expire in
// each sweep, so that whoever is patient needs two days for six points. All of them can
// be brought back within their terms.
func TestLimit_AFewPointsADayAreNoMassDeletion(t *testing.T) {
	t.Parallel()
	w := newWorld(t, term)
	before := w.store.Kept(points)
	for day := range term {
		if day < 2 {
			for _, m := range w.good[3*day : min(3*day+3, 5)] {
				a := attacker{Context: t.Context(), storage: w.as("restore"), now: w.now(), points: w.good, target: m}
				require.NoError(t, a.mark("retention.json", a.expired()))
			}
		}
		report, err := sweepAll(t.Context(), sweeper(w.as("prune"), w.file, w.now, false))
		require.NoError(t, err)
		require.Empty(t, report.Stopped)
		for v := range before {
			require.True(t, w.store.Kept(points)[v], "%s on day %d", v, day)
		}
		w.ahead.Add(int64(24 * time.Hour))
	}
	for _, m := range w.good[:5] {
		require.NoError(t, vault.New(w.store.Container(0)).Undelete(t.Context(), instanceName, m.PointID))
	}
}

// TestLimit_ThePruneIdentityMayDeleteVersions: where the account has no soft delete,
// they are gone at once. The trust file that demands it has sweeps stop, which does not
// bring them back.
func TestLimit_ThePruneIdentityMayDeleteVersions(t *testing.T) {
	t.Parallel()
	everyVersion := func(w *world) error {
		storage := w.as("prune")
		a := attacker{Context: t.Context(), storage: storage, now: w.now(), points: w.good, target: w.good[2]}
		if err := a.delete(a.parts()...); err != nil {
			return err
		}
		page, err := storage.List(t.Context(), blobstore.Listing{Prefix: points + a.target.PointID + "/", Versions: true})
		for _, b := range page.Blobs {
			if err == nil {
				err = storage.DeleteVersion(t.Context(), b.Name, b.Version)
			}
		}
		return err
	}
	for _, days := range []int{0, term} {
		w := newWorld(t, days)
		before := versions(w.store.Kept(points), w.good[2])
		require.Len(t, before, 4)
		require.NoError(t, everyVersion(w))
		for range term {
			_, err := sweepAll(t.Context(), sweeper(w.as("prune"), w.file, w.now, false))
			require.Equal(t, days == 0, failure.CodeOf(err) == failure.NotTrusted, "%v", err)
			left := w.store.Kept(points)
			for _, v := range before {
				listed, there := left[v]
				require.False(t, listed)
				require.Equal(t, days > 0, there, "%s", v)
			}
			w.ahead.Add(int64(24 * time.Hour))
		}
		require.Empty(t, versions(w.store.Kept(points), w.good[2]), "soft delete ends")
	}
}
