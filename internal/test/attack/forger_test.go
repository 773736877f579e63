package attack_test

import (
	"context"
	"encoding/json"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
)

// forger writes blobs in the place of those of the newer of two points.
type forger struct {
	*target
	older, newer manifest.Manifest
	// other is a point of another instance.
	other manifest.Manifest
	// stranger signs with a key that is not in the trust file, and impostor with one
	// that claims to be.
	stranger, impostor statementtest.Signer
}

// poison archives the newer dump and offers readable copies of it that are none.
func (f forger) poison(t *testing.T, kinds []kind) {
	dump := f.newer.Dump
	content, found, err := f.container.Get(t.Context(), dump.Blob, dump.Size)
	require.NoError(t, err)
	require.NoError(t, f.container.SetTier(t.Context(), dump.Blob, "Archive"))
	t.Cleanup(func() {
		f.removeBlobs(t, folderOf(f.newer)+"rehydrat")
		require.NoError(t, f.container.SetTier(context.WithoutCancel(t.Context()), dump.Blob, "Hot"))
	})
	flipped := append([]byte(nil), content...)
	flipped[len(flipped)/2] ^= 1
	// A copy of another length is made again.
	older, _, err := f.container.Get(t.Context(), f.older.Dump.Blob, f.older.Dump.Size)
	require.NoError(t, err)
	older = append(older, content[len(older):]...)
	for _, p := range []struct {
		name    string
		content []byte
		kinds   []kind
	}{{"one bit", flipped, kinds[:1]}, {"the older dump", older, kinds}} {
		t.Run(p.name, func(t *testing.T) {
			copied := folderOf(f.newer) + "rehydrated-restore-00000000.dump"
			f.put(t, copied, p.content, blobstore.Meta{"job": "x", "sourcesha256": dump.SHA256, "blocklist": dump.BlocksSHA256})
			f.state(t, "rehydration.json", vault.Rehydration{
				Copy: copied, Attempt: 1, Priority: blobstore.Standard, At: time.Now(), Expected: time.Now(), Ready: time.Now(),
				HoldDays: 1, Until: time.Now().AddDate(0, 0, 1), Job: "x", LastJob: "x", LastRun: "x",
			})
			t.Run("restores", func(t *testing.T) {
				for _, k := range p.kinds {
					t.Run(k.name, func(t *testing.T) {
						t.Parallel()
						f.refused(t, f.restorePoint(t, f.newer.Instance, f.newer.PointID, k.target), failure.VerificationFailed)
						require.Zero(t, k.written(t))
					})
				}
			})
		})
	}
	require.Equal(t, found.ETag, f.etags(t, dump.Blob)[dump.Blob])
}

func (f forger) state(t *testing.T, name string, state any) {
	t.Helper()
	content, err := json.Marshal(state)
	require.NoError(t, err)
	f.put(t, folderOf(f.newer)+name, content, blobstore.Meta{"state": url.QueryEscape(string(content))})
}

// withOlderDump stores dump, block list, fingerprints and roles of the older point beside the
// newer one and returns a manifest of them.
func (f forger) withOlderDump(t *testing.T) manifest.Manifest {
	t.Helper()
	m, names := f.newer, vault.AttemptNames(f.newer.Instance, f.newer.PointID, "forged-1")
	m.Dump, m.Fingerprints, m.Roles, m.TOC = f.older.Dump, f.older.Fingerprints, f.older.Roles, f.older.TOC
	for from, to := range map[string]*string{
		names.Dump: &m.Dump.Blob, names.Blocks: &m.Dump.BlocksBlob, names.Fingerprints: &m.Fingerprints.Blob, names.Roles: &m.Roles.Blob,
	} {
		content, blob, err := f.container.Get(t.Context(), *to, 64<<20)
		require.NoError(t, err)
		put := f.put(t, from, content, blob.Meta)
		if *to == f.older.Dump.Blob {
			m.Dump.ETag = put.ETag
		}
		*to = from
	}
	return m
}

// commit writes a manifest in the place of the newer point's, with a signed copy
// and with the metadata that the vault's own code writes. Other signed copies
// stay.
func (f forger) commit(t *testing.T, m manifest.Manifest, s statement.Signer) {
	t.Helper()
	former := f.read(t, folderOf(f.newer)+"manifest-")
	f.removeBlobs(t, folderOf(f.newer)+"manifest")
	require.NoError(t, f.vault.CommitPoint(t.Context(), s, m))
	for _, b := range former {
		f.put(t, b.Name, b.content, b.Meta)
	}
}

// place writes all blobs of another point in the place of the newer point's.
func (f forger) place(t *testing.T, m manifest.Manifest) {
	t.Helper()
	f.remove(t, "manifest-")
	to := folderOf(f.newer)
	for _, b := range f.read(t, folderOf(m)) {
		if strings.HasPrefix(path.Base(b.Name), "dump-") {
			m.Dump.ETag = f.put(t, to+path.Base(b.Name), b.content, b.Meta).ETag
		}
	}
	for _, b := range f.read(t, folderOf(m)) {
		if strings.HasPrefix(path.Base(b.Name), "dump-") {
			continue
		}
		// The listing finds the files in their new place.
		for key, value := range b.Meta {
			b.Meta[key] = strings.ReplaceAll(value, url.QueryEscape(folderOf(m)), url.QueryEscape(to))
		}
		if b.Meta["dumpetag"] != "" {
			b.Meta["dumpetag"] = url.QueryEscape(m.Dump.ETag)
		}
		f.put(t, to+path.Base(b.Name), b.content, b.Meta)
	}
}

// envelope returns the signed copy of the newer point's manifest.
func (f forger) envelope(t *testing.T) stored {
	t.Helper()
	all := f.read(t, folderOf(f.newer)+"manifest-")
	require.Len(t, all, 1)
	return all[0]
}

// sign replaces the signatures of the signed copy.
func (f forger) sign(t *testing.T, signatures []statement.Signature) {
	t.Helper()
	b := f.envelope(t)
	e := opened(t, b)
	e.Signatures = signatures
	content, err := json.Marshal(e)
	require.NoError(t, err)
	f.put(t, b.Name, content, nil)
}

func opened(t *testing.T, b stored) (e statement.Envelope) {
	t.Helper()
	require.NoError(t, json.Unmarshal(b.content, &e))
	return e
}

// remove deletes blobs of the newer point.
func (f forger) remove(t *testing.T, prefix string) {
	t.Helper()
	f.removeBlobs(t, folderOf(f.newer)+prefix)
}

func (a *target) removeBlobs(t *testing.T, prefix string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	for blob, err := range a.container.List(ctx, prefix) {
		require.NoError(t, err)
		require.NoError(t, a.container.Delete(ctx, blob.Name))
	}
}

// restoredAfter puts the newer point's blobs back after the test. Its dump stays
// as it is, since a blob that is written again has another ETag.
func (f forger) restoredAfter(t *testing.T) {
	t.Helper()
	to := folderOf(f.newer)
	before := map[string]stored{}
	for _, b := range f.read(t, to) {
		before[b.Name] = b
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		for blob, err := range f.container.List(ctx, to) {
			require.NoError(t, err)
			if _, found := before[blob.Name]; !found || strings.HasPrefix(path.Base(blob.Name), "manifest") {
				require.NoError(t, f.container.Delete(ctx, blob.Name))
			}
		}
		for _, b := range before {
			if strings.HasPrefix(path.Base(b.Name), "manifest") {
				f.put(t, b.Name, b.content, b.Meta)
			}
		}
	})
}
