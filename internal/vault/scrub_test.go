package vault_test

import (
	"math"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/scrub"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// planScrub returns the points that a scrub reads at a time, and the coverage.
func (b bundle) planScrub(t *testing.T, at time.Time) (ids []string, c scrub.Coverage) {
	t.Helper()
	plan, err := b.PlanScrub(t.Context(), scrub.Rules{Now: at, Every: policy.Duration{Days: 30}}, scrub.Room{Bytes: math.MaxInt64, Points: 100})
	require.NoError(t, err)
	for _, p := range plan.Points {
		ids = append(ids, p.Instance+" "+p.ID)
	}
	return ids, plan.Coverage
}

func TestAScrubPlansFromListings(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const customers = "shop/customers"
	for _, name := range []string{orders, customers} {
		_, err := b.PutInstance(t.Context(), instance.Instance{Name: name})
		require.NoError(t, err)
	}
	var points []manifest.Manifest
	for n := range 6 {
		points = append(points, b.point(t, []string{orders, customers}[n%2], scheduled.Add(time.Duration(n)*time.Hour)))
	}
	name := func(n int) string { return points[n].Instance + " " + points[n].PointID }
	now := time.Now()
	ids, covered := b.planScrub(t, now)
	require.Empty(t, ids, "each was read when it was committed")
	require.Equal(t, 6, covered.ReadPoints)
	soon := now.AddDate(0, 0, 31)
	ids, covered = b.planScrub(t, soon)
	require.ElementsMatch(t, []string{name(0), name(1), name(2), name(3), name(4), name(5)}, ids)
	require.Zero(t, covered.ReadPoints)
	require.WithinDuration(t, now, covered.Oldest, time.Minute)

	// Read, archived, deleted, being removed, without its dump, and one as before.
	read := ask(points[0])
	read.Now = func() time.Time { return soon.AddDate(0, 0, -1) }
	_, err := b.ReadBack(t.Context(), read)
	require.NoError(t, err)
	require.NoError(t, b.container.SetTier(t.Context(), points[1].Dump.Blob, blobstore.Archive))
	require.NoError(t, b.SoftDelete(t.Context(), points[2].Instance, points[2].PointID, vault.Tombstone{At: now, Until: now.AddDate(0, 0, 14), Job: "delete/1"}))
	_, err = b.container.Put(t.Context(), "instances/"+points[3].Instance+"/points/"+points[3].PointID+"/removal.json", []byte("{}"), nil)
	require.NoError(t, err)
	require.NoError(t, b.container.Delete(t.Context(), points[4].Dump.Blob))
	ids, covered = b.planScrub(t, soon)
	require.Equal(t, []string{name(5)}, ids)
	require.Equal(t, scrub.Coverage{
		Points: 2, Bytes: points[0].Dump.Size + points[5].Dump.Size, ReadPoints: 1, ReadBytes: points[0].Dump.Size, Oldest: covered.Oldest,
	}, covered)
	ids, _ = b.planScrub(t, soon.AddDate(0, 0, 30))
	require.Equal(t, []string{name(5), name(0)}, ids, "oldest reading first")
}

// Nobody has read the bytes of a copied vault since they were copied.
func TestACopiedPointIsScrubbedFirst(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.PutInstance(t.Context(), instance.Instance{Name: orders})
	require.NoError(t, err)
	m := b.point(t, orders, scheduled)
	c := b.copied(t)
	ids, covered := c.planScrub(t, time.Now())
	require.Equal(t, []string{orders + " " + m.PointID}, ids)
	require.Equal(t, 1, covered.Never)
	_, err = c.readBack(t, m)
	require.NoError(t, err)
	ids, covered = c.planScrub(t, time.Now().AddDate(0, 0, 1))
	require.Empty(t, ids)
	require.Zero(t, covered.Never)
}

// A stranger's folder would fail each scrub, since no job can be asked to read it.
func TestAScrubDoesNotPlanAPointOfAnotherName(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.PutInstance(t.Context(), instance.Instance{Name: orders})
	require.NoError(t, err)
	m := b.point(t, orders, scheduled)
	stated, err := b.container.Stat(t.Context(), "instances/"+orders+"/points/"+m.PointID+"/manifest.json")
	require.NoError(t, err)
	folder := "instances/" + orders + "/points/a b/"
	stated.Meta["dump"] = url.QueryEscape(folder + "dump-r-1.dump")
	for base, meta := range map[string]blobstore.Meta{"manifest.json": stated.Meta, "dump-r-1.dump": nil} {
		_, err = b.container.Put(t.Context(), folder+base, []byte("x"), meta)
		require.NoError(t, err)
	}
	ids, _ := b.planScrub(t, time.Now().AddDate(1, 0, 0))
	require.Equal(t, []string{orders + " " + m.PointID}, ids)
}

func TestSettingsOfAScrubAreChecked(t *testing.T) {
	t.Parallel()
	for says, s := range map[string]instance.Scrub{
		"every: 0d is not within 1d and 10y": {BytesPerRun: 1 << 30},
		"bytesPerRun: -1 is not within":      {Every: policy.Duration{Years: 1}, BytesPerRun: -1},
	} {
		b := setup(t)
		_, err := b.PutSettings(t.Context(), instance.VaultSettings{Container: "x", Scrub: &s}, "id")
		require.NoError(t, err)
		_, err = b.GetSettings(t.Context())
		require.Equal(t, failure.VaultDamaged, failure.CodeOf(err))
		require.ErrorContains(t, err, says)
	}
}
