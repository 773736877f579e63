package attack_test

import (
	"path"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/statement"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
)

// TestForgedPoints has restores of every kind refuse what somebody who can write
// and delete blobs has made of a point.
func TestForgedPoints(t *testing.T) {
	t.Parallel()
	a := newVault(t)
	key := a.newKey(t)
	a.requires(t, []pinned{pin(t, key, longSince)})
	a.startWorker(t)
	second := a.instance
	second.Name += "-b"
	a.define(t, second)
	f := forger{target: a, stranger: statementtest.New(t, "stranger/1"), impostor: statementtest.New(t, key.ID)}
	a.numbers(t, 10)
	f.older, f.other = a.point(t, a.instance.Name), a.point(t, second.Name)
	a.numbers(t, 20)
	f.newer = a.point(t, a.instance.Name)
	kinds := a.kinds(t)

	for _, forged := range []struct {
		name  string
		forge func(t *testing.T)
		code  failure.Code
		// kinds are the restores that try it. One is enough if all kinds try a forgery
		// that is alike.
		kinds []kind
	}{
		{"no signed copy", func(t *testing.T) { f.remove(t, "manifest-") }, failure.SignatureMissing, kinds},
		{"the older dump, not signed", func(t *testing.T) {
			f.commit(t, f.withOlderDump(t), statement.Unsigned{})
		}, failure.SignatureInvalid, kinds},
		{"the older dump, not signed, without the former signed copy", func(t *testing.T) {
			f.remove(t, "manifest-")
			f.commit(t, f.withOlderDump(t), statement.Unsigned{})
		}, failure.SignatureMissing, kinds},
		{"the older dump, signed by a stranger", func(t *testing.T) {
			f.remove(t, "manifest-")
			f.commit(t, f.withOlderDump(t), f.stranger)
		}, failure.SignatureMissing, kinds},
		{"the older dump, signed by a stranger under the key's name", func(t *testing.T) {
			f.remove(t, "manifest-")
			f.commit(t, f.withOlderDump(t), f.impostor)
		}, failure.SignatureInvalid, kinds[0:1]},
		{"the older dump, with the former signed copy under its name", func(t *testing.T) {
			former := f.envelope(t)
			f.remove(t, "manifest-")
			f.commit(t, f.withOlderDump(t), statement.Unsigned{})
			f.put(t, f.envelope(t).Name, former.content, nil)
		}, failure.SignatureInvalid, kinds},
		{"the older dump, with the former signature", func(t *testing.T) {
			former := f.envelope(t)
			f.remove(t, "manifest-")
			f.commit(t, f.withOlderDump(t), statement.Unsigned{})
			f.sign(t, opened(t, former).Signatures)
		}, failure.SignatureInvalid, kinds[1:2]},
		{"the older point's files", func(t *testing.T) { f.place(t, f.older) }, failure.SignatureInvalid, kinds},
		{"another instance's point", func(t *testing.T) { f.place(t, f.other) }, failure.SignatureInvalid, kinds},
		{"another retention", func(t *testing.T) {
			m := f.newer
			m.Retention.Expires = m.Retention.Expires.AddDate(50, 0, 0)
			f.commit(t, m, statement.Unsigned{})
		}, failure.SignatureInvalid, kinds},
		{"another host", func(t *testing.T) {
			m := f.newer
			m.Server.Host = untrusted
			f.commit(t, m, f.stranger)
		}, failure.SignatureInvalid, kinds[2:3]},
		{"another hash", func(t *testing.T) {
			m := f.newer
			m.Dump.SHA256 = strings.Repeat("0", 64)
			f.commit(t, m, f.impostor)
		}, failure.SignatureInvalid, kinds[3:4]},
	} {
		t.Run(forged.name, func(t *testing.T) {
			f.restoredAfter(t)
			forged.forge(t)
			before := f.etags(t, "instances/")
			t.Run("restores", func(t *testing.T) {
				for _, k := range forged.kinds {
					t.Run(k.name, func(t *testing.T) {
						t.Parallel()
						f.refused(t, f.restorePoint(t, f.newer.Instance, f.newer.PointID, k.target), forged.code)
						require.Zero(t, k.written(t))
					})
				}
			})
			require.Equal(t, before, f.etags(t, "instances/"))
		})
	}

	t.Run("an invented point is the latest", func(t *testing.T) {
		m := f.withOlderDump(t)
		m.PointID = vault.PointID(time.Now(), "00000000")
		to := folderOf(m)
		move := func(name string) string { return to + path.Base(name) }
		for _, b := range f.read(t, folderOf(f.newer)) {
			f.put(t, move(b.Name), b.content, b.Meta)
		}
		f.removeBlobs(t, to+"manifest")
		m.Dump.Blob, m.Dump.BlocksBlob, m.Roles.Blob = move(m.Dump.Blob), move(m.Dump.BlocksBlob), move(m.Roles.Blob)
		m.Fingerprints.Blob = move(m.Fingerprints.Blob)
		m.Dump.ETag = f.etags(t, m.Dump.Blob)[m.Dump.Blob]
		require.NoError(t, f.vault.CommitPoint(t.Context(), f.stranger, m))
		t.Cleanup(func() { f.removeBlobs(t, to) })
		f.refused(t, f.restorePoint(t, f.newer.Instance, "", kinds[0].target), failure.SignatureMissing)
		require.Zero(t, kinds[0].written(t))
	})
	f.removeBlobs(t, path.Dir(f.newer.Dump.Blob)+"/dump-forged")
	t.Run("a poisoned copy", func(t *testing.T) { f.poison(t, kinds) })
	t.Run("what was signed is restored", func(t *testing.T) {
		for i, written := range []int{20, 20, 20, 6} {
			k := kinds[i]
			t.Run(k.name, func(t *testing.T) {
				t.Parallel()
				require.NoError(t, f.restorePoint(t, f.newer.Instance, f.newer.PointID, k.target))
				require.Equal(t, written, k.written(t))
			})
		}
	})
}
