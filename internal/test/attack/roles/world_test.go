package roles_test

import (
	"context"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
	"github.com/pgvault/pgvault/internal/vault/sweep"
)

const (
	instanceName = "shop/orders"
	points       = "instances/" + instanceName + "/points/"
	// term is the floor of the trust file, in days.
	term = 14
)

// floors is the trust file of the worker that sweeps.
const floors = `
vault: {softDeleteDays: 14, immutability: disabled, maximumRetention: 10y}
storage: {versions: required, softDeleteDays: 14}
`

// lockedFloors is for an account without soft delete, which locks make up for.
const lockedFloors = `
vault: {softDeleteDays: 14, immutability: locked, maximumRetention: 10y}
storage: {versions: required, softDeleteDays: 14}
`

func trusted(t *testing.T, text string) trust.File {
	t.Helper()
	f, err := trust.Parse([]byte(text), "trust.yaml")
	require.NoError(t, err)
	return f
}

// world is a vault in memory, whose time passes as the test has it.
type world struct {
	store *memblob.Store
	roles map[string]rights
	file  trust.File
	ahead *atomic.Int64 // nanoseconds
	// good are the points, oldest first.
	good []manifest.Manifest
}

// newWorld makes a vault with points of the last days, which are kept for a year, in
// an account that keeps versions, and deleted versions for softDeleteDays.
func newWorld(t *testing.T, softDeleteDays int) *world {
	t.Helper()
	w := &world{roles: documented(t), file: trusted(t, floors), ahead: &atomic.Int64{}}
	w.store = memblob.New(w.now, memblob.Options{Versions: true, SoftDeleteDays: softDeleteDays})
	w.good = fill(t, w.store.Container(0), w.now(), 6)
	return w
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

func (w *world) pass(d time.Duration) { w.ahead.Add(int64(d)) }

func (w *world) kept() map[string]bool { return w.store.Kept(points) }

func (w *world) points() []manifest.Manifest { return w.good }

func (w *world) trusted() trust.File { return w.file }

// as returns the storage as an identity may use it.
func (w *world) as(identity string) blobstore.Backend { return acting{w.store, w.roles[identity]} }

// fill makes a vault with so many good points, one a day.
func fill(t *testing.T, c *blobstore.Container, now time.Time, count int) (good []manifest.Manifest) {
	t.Helper()
	v := vault.New(c)
	_, err := v.PutSettings(t.Context(), instance.VaultSettings{}, "")
	require.NoError(t, err)
	_, err = v.PutInstance(t.Context(), instance.Instance{Name: instanceName})
	require.NoError(t, err)
	for age := count; age > 0; age-- {
		m := attempt(t, c, now.AddDate(0, 0, -age))
		require.NoError(t, v.CommitPoint(t.Context(), statement.Unsigned{}, m))
		good = append(good, m)
	}
	return good
}

// attempt stores what an attempt stores before its manifest.
func attempt(t *testing.T, c *blobstore.Container, at time.Time) manifest.Manifest {
	t.Helper()
	id := vault.PointID(at, "run-0a1b2c3d")
	names := vault.AttemptNames(instanceName, id, "r-1")
	meta := vault.AttemptMeta("backup-run/"+instanceName, "backup/"+instanceName+"/1")
	content, roles := []byte("the dump of "+id), []byte("CREATE ROLE a;\n")
	assembly := c.NewAssembly(t.Context(), names.Dump, blobstore.NewAssemblyPlan(1, 0, 0), func() {})
	run := assembly.NewRun()
	_, err := run.Write(content)
	require.NoError(t, err)
	run.End()
	require.NoError(t, assembly.Wait())
	list := blobstore.EncodeBlocks(run.Blocks())
	_, err = c.PutNew(t.Context(), names.Blocks, list, meta)
	require.NoError(t, err)
	dump, err := assembly.Commit(t.Context(), []*blobstore.Run{run}, blobstore.HashOf(list), meta)
	require.NoError(t, err)
	_, err = c.PutNew(t.Context(), names.Roles, roles, meta)
	require.NoError(t, err)
	return manifest.Manifest{
		FormatVersion: 1, Instance: instanceName, PointID: id, ScheduledTime: at,
		Job:       manifest.Job{WorkflowID: "backup/" + instanceName + "/1", Trigger: manifest.TriggerSchedule},
		Retention: manifest.Retention{Policy: "nightly", Rule: "Default", Expires: at.AddDate(1, 0, 0)},
		Server:    manifest.Server{Version: "15.18", Major: 15}, Database: manifest.Database{Name: "orders", Encoding: "UTF8"},
		Tool: manifest.Tool{Major: 15},
		Dump: manifest.Dump{
			Blob: names.Dump, Size: dump.Size, SHA256: blobstore.HashOf(content), ETag: dump.ETag,
			BlocksBlob: names.Blocks, BlocksSHA256: blobstore.HashOf(list), BlocksSize: int64(len(list)),
		},
		Roles: manifest.Roles{Blob: names.Roles, Size: int64(len(roles)), SHA256: blobstore.HashOf(roles)},
	}
}

// sweeper is a worker of the role prune, over a storage as its identity may use it.
func sweeper(prune blobstore.Backend, f trust.File, now func() time.Time, allowMass bool) sweep.Sweeper {
	c := blobstore.New(prune, 0)
	s := sweep.Sweeper{
		Vault:     vault.New(c).Trusting(f).Pruner(func(context.Context, string) (bool, error) { return false, nil }),
		Container: c, Now: now, Job: "sweep/1",
	}
	if allowMass {
		s.AllowMass = []string{instanceName}
	}
	return s
}

// sweepAll does what a sweep's job does. The first error is the sweep's: it may be that
// what an attacker wrote ends it.
func sweepAll(ctx context.Context, s sweep.Sweeper) (sweep.Report, error) {
	report, _, err := s.Sweep(ctx, sweep.Cursor{}, math.MaxInt, &sweep.Tally{})
	return report, err
}

// versions are those of a point's five parts, as NAME@ID.
func versions(kept map[string]bool, m manifest.Manifest) (of []string) {
	for v := range kept {
		if name, _, _ := strings.Cut(v, "@"); isPart(name, m) {
			of = append(of, v)
		}
	}
	return of
}

func isPart(name string, m manifest.Manifest) bool {
	return name == m.Dump.Blob || name == m.Dump.BlocksBlob || name == m.Roles.Blob || name == manifestName(m) || name == signedName(m)
}

// signedName is the name of the signed copy of a manifest.
func signedName(m manifest.Manifest) string {
	content, err := manifest.Encode(m)
	if err != nil {
		panic(err) // it was committed
	}
	return points + m.PointID + "/manifest-" + blobstore.HashOf(content) + ".dsse.json"
}

func manifestName(m manifest.Manifest) string { return points + m.PointID + "/manifest.json" }
