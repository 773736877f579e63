package sweep_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/sweep"
)

// mark writes a state beside a point as anybody who may write blobs can.
func (b *bundle) mark(t *testing.T, id, name string, state any) {
	t.Helper()
	text, err := json.Marshal(state)
	require.NoError(t, err)
	_, err = b.Container.Put(t.Context(), fmt.Sprintf("instances/%s/points/%s/%s", instanceName, id, name), text,
		blobstore.Meta{"state": url.QueryEscape(string(text))})
	require.NoError(t, err)
}

// everyone has each sweep of a month leave all points.
func (b *bundle) monthOfSweeps(t *testing.T, days int, points ...string) {
	t.Helper()
	for range days {
		b.sweep(t)
		require.Subset(t, b.left(t), points)
		b.pass(24 * time.Hour)
	}
}

func TestAForgedTombstoneKeepsItsTerm(t *testing.T) {
	t.Parallel()
	b := setup(t)
	point, last := b.point(t, 2), b.point(t, 1)
	b.mark(t, point, "tombstone.json", vault.Tombstone{At: time.Now().AddDate(-1, 0, 0), Until: time.Now().AddDate(0, -1, 0), Job: "x"})
	b.monthOfSweeps(t, 14, point, last)
	require.Equal(t, "purged", reasons(b.sweep(t))[point])
}

// A tombstone that says that its purge has begun is like any other, and so is a
// point beside which somebody wrote the mark of a removal.
func TestAForgedRemovalRemovesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	older, newer := b.point(t, 40), b.point(t, 1)
	b.mark(t, older, "removal.json", map[string]any{})
	b.mark(t, older, "tombstone.json", map[string]any{"at": time.Now(), "until": time.Now(), "job": "x", "purging": true})
	b.monthOfSweeps(t, 14, older, newer)

	kept := b.point(t, 3)
	b.mark(t, kept, "removal.json", map[string]any{})
	b.pass(25 * time.Hour)
	b.sweep(t)
	found, err := b.Vault.FindPoint(t.Context(), instanceName, kept)
	require.NoError(t, err, "the mark is gone")
	require.True(t, found.Good)
}

func TestWhatExpiresWithAForgedRemovalIsSoftDeletedAllTheSame(t *testing.T) {
	t.Parallel()
	b := setup(t)
	expired, last := b.point(t, 40), b.point(t, 1)
	b.mark(t, expired, "removal.json", map[string]any{})
	b.sweep(t)
	points, err := b.Vault.ListPoints(t.Context(), instanceName)
	require.NoError(t, err)
	require.NotNil(t, points[0].Deleted)
	require.Equal(t, []string{expired, last}, b.left(t))
}

func TestOnlyCopiesAreDroppedAsCopies(t *testing.T) {
	t.Parallel()
	b := setup(t)
	point, _ := b.point(t, 2), b.point(t, 1)
	names := vault.AttemptNames(instanceName, point, "r-1")
	b.mark(t, point, "rehydration.json", map[string]any{
		"copy": names.Dump, "attempt": 1, "job": "x", "until": time.Now().AddDate(0, -1, 0),
	})
	b.sweep(t)
	found, err := b.Vault.FindPoint(t.Context(), instanceName, point)
	require.NoError(t, err)
	require.True(t, found.Good, "its dump is there")
}

func TestASweepStopsBeforeAMassDeletion(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var all []string
	for age := range 12 {
		all = append([]string{b.point(t, age+1)}, all...)
	}
	for _, id := range all[:8] {
		b.mark(t, id, "retention.json", vault.Retention{Expires: time.Now().AddDate(0, 0, -1)})
	}
	report := b.sweep(t)
	require.Equal(t, []jobs.SweepStopped{{Instance: instanceName, Points: 12, Doomed: 8}}, report.Stopped)
	require.Equal(t, "mass deletion", reasons(report)[all[0]])
	require.Zero(t, report.Removed)
	plan, _, err := b.Plan(t.Context(), sweep.Cursor{}, 100, &sweep.Tally{})
	require.NoError(t, err)
	require.Equal(t, report.Stopped, plan.Stopped)

	b.AllowMass = []string{instanceName}
	report = b.sweep(t)
	require.Empty(t, report.Stopped)
	require.Equal(t, 8, report.Removed)
}

// A mark may call a point damaged, or hide it from restores, before another one makes
// it expire.
func TestNoMarkHidesAPointFromTheCountOfAMassDeletion(t *testing.T) {
	t.Parallel()
	for name, state := range map[string]func(b *bundle, id string) any{
		"removal.json": func(*bundle, string) any { return map[string]any{} },
		"verification.json": func(b *bundle, id string) any {
			dump, err := b.Container.Stat(t.Context(), vault.AttemptNames(instanceName, id, "r-1").Dump)
			require.NoError(t, err)
			return vault.Verification{ETag: dump.ETag, At: time.Now(), Outcome: vault.OutcomeDamaged}
		},
	} {
		b := setup(t)
		for age := range 12 {
			id := b.point(t, age+1)
			if age < 4 {
				continue
			}
			b.mark(t, id, "retention.json", vault.Retention{Expires: time.Now().AddDate(0, 0, -1)})
			b.mark(t, id, name, state(b, id))
		}
		report := b.sweep(t)
		require.Equal(t, []jobs.SweepStopped{{Instance: instanceName, Points: 12, Doomed: 8}}, report.Stopped, name)
		require.Zero(t, report.Removed, name)
	}
}

func TestAThirdOfThePointsMayGoAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for age := range 8 {
		b.point(t, age+1)
	}
	for age := range 4 {
		b.point(t, age+31)
	}
	report := b.sweep(t)
	require.Empty(t, report.Stopped)
	require.Equal(t, 4, report.Removed)
}

// A cursor comes from the input of a job, which anybody may have written.
func TestAForgedCursorDoesNotHideThatAPointIsTheLast(t *testing.T) {
	t.Parallel()
	b := setup(t)
	older, last := b.point(t, 60), b.point(t, 40)
	for _, position := range []string{"", "99990101T000000Z-x", older, last} {
		forged := sweep.Cursor{Instance: instanceName, Last: position, Walk: vault.Cursor{Within: []vault.Folder{{Instance: instanceName, Defined: true}}}}
		_, _, err := b.Sweep(t.Context(), forged, 100, &sweep.Tally{})
		require.NoError(t, err)
		require.Nil(t, b.tombstone(t, last), "last: %s", position)
	}
}

// Whoever can write and delete blobs, but no versions, makes a point look like one
// that others have deleted after its end, or whose removal has begun.
func TestAForgedEndOfADeletedPointKeepsItsVersionsForTheTerm(t *testing.T) {
	t.Parallel()
	for name, forge := range map[string]func(l *locking, point string){
		"an expiry": func(l *locking, point string) {
			manifest := points + point + "/manifest.json"
			text, stored, err := l.Container.Get(t.Context(), manifest, 1<<20)
			require.NoError(t, err)
			stored.Meta["expires"] = l.Now().AddDate(0, 0, -1).UTC().Format(time.RFC3339)
			_, err = l.Container.Put(t.Context(), manifest, text, stored.Meta)
			require.NoError(t, err)
		},
		"a removal": func(l *locking, point string) { l.mark(t, point, "removal.json", map[string]any{}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := setupLocking(t, instance.SoftDelete{}, instance.Disabled)
			point := l.point(t, 2)
			l.point(t, 1)
			forge(l, point)
			require.NoError(t, l.Container.Delete(t.Context(), points+point+"/manifest.json"))
			before := l.storage.Versions(points + point)
			for range 13 {
				l.sweep(t)
				require.GreaterOrEqual(t, l.storage.Versions(points+point), before)
				l.pass(24 * time.Hour)
			}
		})
	}
}
