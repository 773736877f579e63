package sweep_test

import (
	"bytes"
	"context"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
	"github.com/pgvault/pgvault/internal/vault/sweep"
)

const instanceName = "shop/orders"

type bundle struct {
	// ahead is what has passed, in nanoseconds.
	ahead *atomic.Int64
	sweep.Sweeper
	storage *memblob.Store
	running map[string]bool
}

// setup makes a vault with one instance. The storage's clock is the machine's, moved
// on by what has passed; points are made as old as they need to be.
func setup(t *testing.T) *bundle {
	t.Helper()
	var ahead atomic.Int64
	b := setupAt(t, memblob.New(func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }, memblob.Options{}))
	b.ahead = &ahead
	b.Now = b.now
	return b
}

func (b *bundle) now() time.Time { return time.Now().Add(time.Duration(b.ahead.Load())) }

// pass moves the clocks of storage and sweeps on.
func (b *bundle) pass(d time.Duration) { b.ahead.Add(int64(d)) }

func setupAt(t *testing.T, s *memblob.Store) *bundle {
	t.Helper()
	c := s.Container(0)
	b := &bundle{storage: s, running: map[string]bool{}}
	b.Sweeper = sweep.Sweeper{
		Vault:     vault.New(c).Pruner(func(_ context.Context, id string) (bool, error) { return b.running[id], nil }),
		Container: c, Now: time.Now,
	}
	b.settings(t, instance.VaultSettings{Sweep: instance.Sweep{OrphanGrace: policy.ClockDuration(time.Hour)}})
	_, err := b.Vault.PutInstance(t.Context(), instance.Instance{Name: instanceName})
	require.NoError(t, err)
	return b
}

func (b *bundle) settings(t *testing.T, v instance.VaultSettings) {
	t.Helper()
	_, err := b.Vault.PutSettings(t.Context(), v, "")
	require.NoError(t, err)
}

// none has no job run.
func none(context.Context, string) (bool, error) { return false, nil }

// hard turns soft delete off.
func (b *bundle) hard(t *testing.T) {
	t.Helper()
	b.settings(t, instance.VaultSettings{Sweep: instance.Sweep{OrphanGrace: policy.ClockDuration(time.Hour)}, SoftDelete: instance.SoftDelete{Off: true}})
}

// sweep sweeps the whole vault.
func (b *bundle) sweep(t *testing.T) sweep.Report {
	t.Helper()
	report, next, err := b.Sweep(t.Context(), sweep.Cursor{}, math.MaxInt, &sweep.Tally{})
	require.NoError(t, err)
	require.True(t, next.Walk.Done)
	return report
}

// point stores a point of so many days ago that is kept for 30.
func (b *bundle) point(t *testing.T, age int) string {
	t.Helper()
	return b.commit(t, age, statement.Unsigned{})
}

func (b *bundle) commit(t *testing.T, age int, by statement.Signer) string {
	t.Helper()
	vaultID, err := b.Vault.ID(t.Context())
	require.NoError(t, err)
	at := time.Now().AddDate(0, 0, -age)
	id := vault.PointID(at, "0a1b2c3d")
	names := b.store(t, id)
	dump, err := b.Container.Stat(t.Context(), names.Dump)
	require.NoError(t, err)
	require.NoError(t, b.Vault.CommitPoint(t.Context(), by, manifest.Manifest{
		FormatVersion: 1, VaultID: vaultID, CommittedAt: b.Now().UTC(), Instance: instanceName, PointID: id, ScheduledTime: at, Retention: manifest.Retention{Expires: at.AddDate(0, 0, 30)},
		Server: manifest.Server{Major: 15}, Database: manifest.Database{Name: "orders", Encoding: "UTF8"}, Tool: manifest.Tool{Major: 15},
		Dump:  manifest.Dump{Blob: names.Dump, Size: dump.Size, ETag: dump.ETag, SHA256: strings.Repeat("ab", 32)},
		Roles: manifest.Roles{Blob: names.Roles},
	}))
	return id
}

func (b *bundle) store(t *testing.T, id string) vault.Names {
	t.Helper()
	names := vault.AttemptNames(instanceName, id, "r-1")
	meta := vault.AttemptMeta("backup-run/"+instanceName, "backup/"+instanceName+"/1")
	for _, name := range []string{names.Dump, names.Blocks, names.Roles} {
		_, err := b.Container.PutNew(t.Context(), name, bytes.Repeat([]byte("x"), 10), meta)
		require.NoError(t, err)
	}
	return names
}

func (b *bundle) left(t *testing.T) (ids []string) {
	t.Helper()
	points, err := b.Vault.ListPoints(t.Context(), instanceName)
	require.NoError(t, err)
	for _, p := range points {
		ids = append(ids, p.ID)
	}
	return ids
}

func reasons(r sweep.Report) map[string]string {
	found := map[string]string{}
	for _, d := range r.Decisions {
		reason, _, _ := strings.Cut(d.Reason, ":")
		found[d.Point] = reason
	}
	return found
}

func TestSweepRemovesWhatItsPlanSays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.hard(t)
	old, expired, kept, last := b.point(t, 60), b.point(t, 40), b.point(t, 20), b.point(t, 1)
	want := map[string]string{old: "expired", expired: "expired", kept: "not expired", last: "last good point"}

	plan, _, err := b.Plan(t.Context(), sweep.Cursor{}, math.MaxInt, &sweep.Tally{})
	require.NoError(t, err)
	require.Equal(t, want, reasons(plan))
	require.True(t, plan.DryRun)
	require.Equal(t, []string{old, expired, kept, last}, b.left(t), "a dry run removes nothing")

	var tally sweep.Tally
	report, _, err := b.Sweep(t.Context(), sweep.Cursor{}, math.MaxInt, &tally)
	require.NoError(t, err)
	require.Equal(t, want, reasons(report))
	require.Equal(t, []string{kept, last}, b.left(t))
	require.Equal(t, 2, report.Removed)
	require.Equal(t, 2, report.Kept)
	require.Equal(t, "1 instances, 4 points looked at, 2 removed, 0 archived", tally.Snapshot())
}

func TestSweepLeavesTheLastGoodPoint(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.hard(t)
	b.point(t, 500)
	last := b.point(t, 400)
	for range 2 {
		b.sweep(t)
		require.Equal(t, []string{last}, b.left(t))
	}
}

func TestSweepAsksWhichJobsRun(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.hard(t)
	held, last := b.point(t, 60), b.point(t, 1)
	require.NoError(t, b.Vault.Hold(t.Context(), instanceName, held, "restore/1"))
	b.running["restore/1"] = true
	report := b.sweep(t)
	require.Equal(t, "held", reasons(report)[held])
	require.Equal(t, []string{held, last}, b.left(t))

	b.running["restore/1"] = false
	report = b.sweep(t)
	require.Equal(t, "expired", reasons(report)[held], "the hold of a closed job keeps nothing")
	require.Equal(t, []string{last}, b.left(t))
}

func TestOrphansGoAfterTheGraceOnceTheirJobIsClosed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	orphan := vault.PointID(time.Now(), "0a1b2c3d")
	b.store(t, orphan)
	report := b.sweep(t)
	require.Equal(t, "young orphan", reasons(report)[orphan])
	require.Len(t, report.Decisions[0].Blobs, 3)

	b.settings(t, instance.VaultSettings{})
	b.running["backup-run/"+instanceName] = true
	report = b.sweep(t)
	require.Equal(t, "its job runs", reasons(report)[orphan])

	b.running["backup-run/"+instanceName] = false
	report = b.sweep(t)
	require.Equal(t, "orphan", reasons(report)[orphan])
	require.Empty(t, b.left(t))
}

func TestSweepWithAWrongClockRemovesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.point(t, 60)
	b.point(t, 1)
	before := b.left(t)
	b.Now = func() time.Time { return time.Now().AddDate(0, 1, 0) }
	_, _, err := b.Sweep(t.Context(), sweep.Cursor{}, math.MaxInt, &sweep.Tally{})
	require.Equal(t, failure.ClockSkew, failure.CodeOf(err))
	require.Equal(t, before, b.left(t))
}

// A point that cannot be restored as it is does not let the last one go that can.
func TestAPointThatLacksAPartIsNotTheLastGoodOne(t *testing.T) {
	t.Parallel()
	for name, part := range map[string]func(vault.Names) string{
		"block list": func(n vault.Names) string { return n.Blocks },
		"roles file": func(n vault.Names) string { return n.Roles },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.hard(t)
			old, kept, damaged := b.point(t, 60), b.point(t, 40), b.point(t, 1)
			require.NoError(t, b.Container.Delete(t.Context(), part(vault.AttemptNames(instanceName, damaged, "r-1"))))
			report := b.sweep(t)
			require.Equal(t, map[string]string{old: "expired", kept: "last good point", damaged: "damaged"}, reasons(report))
			require.Equal(t, []string{kept, damaged}, b.left(t))
		})
	}
}
