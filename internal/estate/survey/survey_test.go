package survey_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/estate/survey"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// server is a Temporal server's answers. The real one is asked in the tests of
// package temporalx.
type server struct{}

func (server) Schedules(context.Context) (map[string]estate.Schedule, error) {
	return map[string]estate.Schedule{jobs.SweepSchedule: {}, jobs.BackupSchedule("shop/orders"): {}}, nil
}

func (server) Running(context.Context) (map[string]estate.Running, error) {
	return map[string]estate.Running{"shop/orders": {Job: "backup/shop/orders/1"}}, nil
}

func (server) Workers(context.Context) ([]string, map[string][]string, error) {
	return []string{"prune"}, map[string][]string{"aa": {"1@host"}}, nil
}

func (server) Undelivered(context.Context, time.Time) (int, error) { return 2, nil }

var start = time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)

// world is a vault whose storage has a clock of its own.
type world struct {
	*vault.Vault
	store *memblob.Store
	now   time.Time
}

func setup(t *testing.T) *world {
	t.Helper()
	w := &world{now: start}
	w.store = memblob.New(func() time.Time { return w.now }, memblob.Options{})
	w.Vault = vault.New(w.store.Container(0))
	_, err := w.PutSettings(t.Context(), instance.VaultSettings{Container: "https://x", Sweep: instance.Sweep{Schedule: nightly()}}, "")
	require.NoError(t, err)
	return w
}

func nightly() policy.Schedule {
	return policy.Schedule{Times: []policy.TimeOfDay{{Hour: 2}}}.WithDefaults()
}

func (w *world) protect(t *testing.T, name string) {
	t.Helper()
	_, err := w.PutInstance(t.Context(), instance.Instance{
		Name: name, Database: "orders", Server: instance.Server{Host: "db"}, Policy: policy.Policy{Name: "nightly", Schedules: []policy.Schedule{nightly()}},
	})
	require.NoError(t, err)
}

// backup stores a point of an instance that took an hour.
func (w *world) backup(t *testing.T, name string) {
	t.Helper()
	began := w.now
	w.now = w.now.Add(time.Hour)
	point := vault.PointID(began, "0a1b2c3d")
	names := vault.AttemptNames(name, point, "r-1")
	var dump blobstore.Blob
	for _, blob := range []string{names.Blocks, names.Roles, names.Dump} {
		var err error
		dump, err = w.store.Container(0).PutNew(t.Context(), blob, make([]byte, 100), vault.AttemptMeta("work", "job"))
		require.NoError(t, err)
	}
	require.NoError(t, w.CommitPoint(t.Context(), statement.Unsigned{}, manifest.Manifest{
		FormatVersion: 1, Instance: name, PointID: point, ScheduledTime: began, Retention: manifest.Retention{Expires: began.AddDate(1, 0, 0)},
		Server: manifest.Server{Major: 15}, Database: manifest.Database{Name: "d", Encoding: "UTF8"}, Tool: manifest.Tool{Major: 15},
		Dump:  manifest.Dump{Blob: dump.Name, Size: dump.Size, ETag: dump.ETag, SHA256: hash, StartedAt: began},
		Roles: manifest.Roles{Blob: names.Roles},
	}))
}

const hash = "abababababababababababababababababababababababababababababababab"

func TestReadAndCompute(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.protect(t, "shop/orders")
	w.protect(t, "shop/orders/archive")
	require.NoError(t, w.SetProtection(t.Context(), "shop/orders/archive", vault.Protection{State: vault.RetainForever, At: w.now, Identity: "ann"}))
	w.backup(t, "shop/orders")
	require.NoError(t, w.PutJob(t.Context(), jobs.Record{
		ID: "backup/shop/orders/0", RunID: "00000000", Operation: jobs.TypeBackup, Instance: "shop/orders", Outcome: jobs.Failed, Ended: start.Add(-time.Hour), Code: "InternalError",
	}))
	in, err := survey.Read(t.Context(), w.Vault, server{})
	require.NoError(t, err)
	require.Equal(t, w.now, in.Now)
	e, err := estate.Compute(in)
	require.NoError(t, err)
	require.Len(t, e.Instances, 2)
	orders, archive := e.Instances[0], e.Instances[1]
	require.Equal(t, "shop/orders", orders.Name)
	require.Equal(t, estate.Fresh, orders.Freshness)
	require.Equal(t, start, orders.ProtectedSince)
	require.Equal(t, &estate.Backup{Point: "20261124T020000Z-0a1b2c3d", At: start, Committed: w.now, Bytes: 100, Seconds: 3600, Good: true}, orders.LastGood)
	require.Equal(t, "InternalError", orders.LastFailure.Code)
	require.Equal(t, "backup/shop/orders/1", orders.Running.Job)
	require.Equal(t, estate.Unwatched, archive.Freshness)
	require.Equal(t, "ann", archive.Protection.By)
	require.Equal(t, []string{"prune"}, e.Vault.Idle)
	require.Equal(t, 2, e.Vault.Undelivered)
}

// TestWithoutTemporalTheRestIsSeen: the estate says what it could not see.
func TestWithoutTemporalTheRestIsSeen(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.protect(t, "shop/orders")
	w.backup(t, "shop/orders")
	in, err := survey.Read(t.Context(), w.Vault, survey.Away{Err: errors.New("Temporal does not answer")})
	require.NoError(t, err)
	require.Nil(t, in.Schedules)
	require.Equal(t, []string{"Temporal does not answer"}, in.Unseen)
	e, err := estate.Compute(in)
	require.NoError(t, err)
	require.Equal(t, estate.Fresh, e.Instances[0].Freshness)
	require.False(t, e.Well())
}

// TestWithoutTheVaultThereIsNoEstate: each request that fails is an error, and none
// makes an instance or a point look missing.
func TestWithoutTheVaultThereIsNoEstate(t *testing.T) {
	t.Parallel()
	for n := range 12 {
		w := setup(t)
		w.protect(t, "shop/orders")
		w.backup(t, "shop/orders")
		gone := errors.New("gone")
		heal := w.store.Inject(memblob.Fault{Err: gone, Skip: n})
		in, err := survey.Read(t.Context(), w.Vault, server{})
		heal()
		if err == nil {
			require.Greater(t, n, 5, "the survey needs so many requests")
			require.Len(t, in.Instances, 1)
			require.Len(t, in.Instances[0].Points, 1)
			continue
		}
		require.ErrorIs(t, err, gone)
	}
}

// TestTheTrustFilesDemands: the estate names a protection that the account lacks.
func TestTheTrustFilesDemands(t *testing.T) {
	t.Parallel()
	w := setup(t)
	f, err := trust.Parse([]byte("storage: {versions: required}\n"), "trust.yaml")
	require.NoError(t, err)
	in, err := survey.Read(t.Context(), w.Trusting(f), server{})
	require.NoError(t, err)
	require.Contains(t, in.Safety.Shortfall, "versions")
	require.Contains(t, in.Safety.Remedy, "az storage account")
}
