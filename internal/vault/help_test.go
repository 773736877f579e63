package vault_test

import (
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

var scheduled = time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)

// bundle is a vault of the test's own.
type bundle struct {
	*vault.Vault
	container *blobstore.Container
	storage   *memblob.Store
}

func setup(t *testing.T) bundle {
	t.Helper()
	return open(memblob.New(time.Now, memblob.Options{}))
}

func open(s *memblob.Store) bundle {
	c := s.Container(0)
	return bundle{vault.New(c), c, s}
}

// forbid has requests refused, as those of an identity that lacks a role.
func (b bundle) forbid(ops ...memblob.Op) (allow func()) {
	return b.storage.Inject(memblob.Fault{Ops: ops, Err: forbidden()})
}

func forbidden() error {
	return failure.New(failure.ContainerNotAccessible, "assign a role", "the identity may not use the container")
}

var deletions = []memblob.Op{memblob.Delete, memblob.DeleteVersion}

// crash has every deletion after the first n refused, until restart is called.
func (b bundle) crash(n int) (restart func()) {
	return b.storage.Inject(memblob.Fault{Ops: deletions, Skip: n, Err: forbidden()})
}

// clock is the machine's, moved on.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// attempt stores what an attempt stores before its manifest.
func (b bundle) attempt(t *testing.T, instance, point, attempt, content string) manifest.Manifest {
	t.Helper()
	names := vault.AttemptNames(instance, point, attempt)
	meta := vault.AttemptMeta("backup-run/"+instance, "backup/"+instance+"/1")
	assembly := b.container.NewAssembly(t.Context(), names.Dump, blobstore.NewAssemblyPlan(1, 0, 0), func() {})
	run := assembly.NewRun()
	_, err := run.Write([]byte(content))
	require.NoError(t, err)
	run.End()
	require.NoError(t, assembly.Wait())
	list := blobstore.EncodeBlocks(run.Blocks())
	_, err = b.container.PutNew(t.Context(), names.Blocks, list, meta)
	require.NoError(t, err)
	dump, err := assembly.Commit(t.Context(), []*blobstore.Run{run}, blobstore.HashOf(list), meta)
	require.NoError(t, err)
	roles := []byte("CREATE ROLE a;\n")
	_, err = b.container.PutNew(t.Context(), names.Roles, roles, meta)
	require.NoError(t, err)
	prints := []byte(`{"formatVersion":1,"of":"` + content + `"}` + "\n")
	_, err = b.container.PutNew(t.Context(), names.Fingerprints, prints, meta)
	require.NoError(t, err)
	at, err := vault.ParsePointTime(point)
	require.NoError(t, err)
	return manifest.Manifest{
		FormatVersion: 1, Instance: instance, PointID: point, ScheduledTime: at,
		Job:       manifest.Job{WorkflowID: "backup/" + instance + "/1", Trigger: "schedule"},
		Retention: manifest.Retention{Policy: "nightly", Rule: "Default", ArchiveAt: at.AddDate(0, 0, 10), Expires: at.AddDate(0, 0, 30)},
		Server:    manifest.Server{Version: "15.18", Major: 15}, Database: manifest.Database{Name: `odd "nämé"`, Encoding: "UTF8"},
		Tool:         manifest.Tool{Major: 15},
		Dump:         manifest.Dump{Blob: names.Dump, Size: dump.Size, SHA256: sum([]byte(content)), ETag: dump.ETag, BlocksBlob: names.Blocks, BlocksSHA256: sum(list), BlocksSize: int64(len(list))},
		Fingerprints: manifest.Fingerprints{Blob: names.Fingerprints, Size: int64(len(prints)), SHA256: sum(prints)},
		Roles:        manifest.Roles{Blob: names.Roles, Size: int64(len(roles)), SHA256: sum(roles)},
	}
}

func (b bundle) point(t *testing.T, instance string, at time.Time) manifest.Manifest {
	t.Helper()
	m := b.attempt(t, instance, vault.PointID(at, "rest-0a1b2c3d"), "r-1", "dump of "+at.String())
	require.NoError(t, b.CommitPoint(t.Context(), statement.Unsigned{}, m))
	return m
}

func (b bundle) names(t *testing.T) (names []string) {
	t.Helper()
	for blob, err := range b.container.List(t.Context(), "") {
		require.NoError(t, err)
		names = append(names, blob.Name)
	}
	return names
}

func sum(content []byte) string {
	s := sha256.Sum256(content)
	return hex.EncodeToString(s[:])
}
