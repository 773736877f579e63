package roles_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
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

// place is a vault whose time passes as the test has it.
type place interface {
	as(identity string) blobstore.Backend
	now() time.Time
	pass(d time.Duration)
	// kept returns the versions of the points, by "NAME@ID". Deleted ones that soft
	// delete still has are false.
	kept() map[string]bool
	// points returns the good points, oldest first, and trusted the file of the sweeps.
	points() []manifest.Manifest
	trusted() trust.File
}

// daily are all days of the month.
var daily = slices.Collect(func(yield func(int) bool) {
	for day := range month {
		if !yield(day) {
			return
		}
	}
})

// stopping are the operations after which sweeps end with an error, and delete nothing.
var stopping = []string{"vault.json that cannot be read", "delete vault.json"}

// live has an identity attack, and sweeps run on some days after that. It fails
// the test if a version is lost within the term, or before soft delete has kept it for
// as long once a sweep has purged it.
func live(t *testing.T, p place, identity string, op operation, allowMass bool, days []int) (done outcome) {
	t.Helper()
	good, before := p.points(), p.kept()
	err := op.do(attacker{Context: t.Context(), storage: p.as(identity), now: p.now(), points: good, target: good[2]})
	if done.refused = failure.CodeOf(err) == failure.ContainerNotAccessible; !done.refused {
		require.NoError(t, err)
	}
	prune := sweeper(p.as("prune"), p.trusted(), p.now, allowMass)
	done.until = month
	today := 0
	for _, day := range days {
		p.pass(time.Duration(day-today) * 24 * time.Hour)
		today = day
		_, err := sweepAll(t.Context(), prune)
		if done.refused || !slices.Contains(stopping, op.name) {
			require.NoError(t, err, "%s, day %d", op.name, day)
		} else {
			require.Error(t, err, "%s, day %d", op.name, day)
		}
		now := p.kept()
		for _, m := range good {
			for _, v := range versions(before, m) {
				listed, there := now[v]
				if !listed {
					done.until = min(done.until, day)
				}
				require.True(t, there || day >= done.until+term, "%s: %s is lost after %d days", op.name, v, day)
			}
		}
	}
	return done
}

// afterTheTerm is a point that a sweep purges for the sake of a forged mark, once the
// term has passed. A mark that a person's deletion writes cannot be told from it.
var afterTheTerm = outcome{until: term}

// purged are the operations of this outcome. All others leave every version.
var purged = []string{
	"tombstone", "tombstone that is purging", "tombstones of all points but one",
	"retention", "retention, removal and tombstone", "retention and verification as damaged",
	"retention of the last point beside a false one", "delete manifest after a forged retention",
	"vault.json without soft delete",
}

// expected returns the outcome of an operation.
func expected(op operation, identity string) outcome {
	want := kept
	if slices.Contains(purged, op.name) {
		want = afterTheTerm
	}
	want.refused = identity != "prune" && slices.ContainsFunc(deletions, func(d operation) bool { return d.name == op.name })
	return want
}

// operations are those on a point that is not locked.
var operations = slices.Concat(overwrites, deletions, marks, settings, combined)

var identities = []string{"backup", "restore", "prune"}

// TestMonthAfterAnAttack is the matrix of identities and operations.
func TestMonthAfterAnAttack(t *testing.T) {
	t.Parallel()
	for _, op := range operations {
		for _, identity := range identities {
			t.Run(op.name+" as "+identity, func(t *testing.T) {
				t.Parallel()
				done := live(t, newWorld(t, term), identity, op, false, daily)
				require.Equal(t, expected(op, identity).String(), done.String())
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
	before := w.kept()
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
			require.True(t, w.kept()[v], "%s on day %d", v, day)
		}
		w.pass(24 * time.Hour)
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
		before := versions(w.kept(), w.good[2])
		require.Len(t, before, 5)
		require.NoError(t, everyVersion(w))
		for range term {
			_, err := sweepAll(t.Context(), sweeper(w.as("prune"), w.file, w.now, false))
			require.Equal(t, days == 0, failure.CodeOf(err) == failure.NotTrusted, "%v", err)
			left := w.kept()
			for _, v := range before {
				listed, there := left[v]
				require.False(t, listed)
				require.Equal(t, days > 0, there, "%s", v)
			}
			w.pass(24 * time.Hour)
		}
		require.Empty(t, versions(w.kept(), w.good[2]), "soft delete ends")
	}
}
