package vault_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// copied returns a vault in a container of its own, to which everything was
// copied as an account's move does it.
func (b bundle) copied(t *testing.T) bundle {
	t.Helper()
	to := memblob.New(time.Now, memblob.Options{})
	b.storage.CopyTo(to)
	return open(to)
}

// readBack reads a point back from its beginning.
func (b bundle) readBack(t *testing.T, m manifest.Manifest) (vault.Verification, error) {
	t.Helper()
	return b.ReadBack(t.Context(), ask(m))
}

func ask(m manifest.Manifest) vault.ReadBack {
	return vault.ReadBack{
		Instance: m.Instance, Point: m.PointID, Job: "verify/1", Now: func() time.Time { return scheduled.AddDate(0, 0, 1) },
		Moved: func() {}, Reached: func(vault.ReadSoFar) {},
	}
}

func TestACopiedVaultCanBeRestoredAndVerified(t *testing.T) {
	t.Parallel()
	b := setup(t)
	older, newest := b.point(t, orders, scheduled), b.point(t, orders, scheduled.AddDate(0, 0, 1))
	c := b.copied(t)
	require.True(t, b.find(t, newest).Good)
	p := c.find(t, newest)
	require.True(t, p.Copied)
	require.False(t, p.Good)
	moved, err := c.container.Stat(t.Context(), newest.Dump.Blob)
	require.NoError(t, err)
	require.NotEqual(t, newest.Dump.ETag, moved.ETag)
	latest, err := c.Latest(t.Context(), orders)
	require.NoError(t, err)
	require.Equal(t, newest.PointID, latest.ID)
	content, err := c.read(t, newest, vault.Source{})
	require.NoError(t, err)
	require.Equal(t, "dump of "+scheduled.AddDate(0, 0, 1).String(), content)

	read, err := c.readBack(t, newest)
	require.NoError(t, err)
	require.Equal(t, vault.Verification{ETag: moved.ETag, At: scheduled.AddDate(0, 0, 1), Job: "verify/1", Outcome: vault.OutcomeGood}, read)
	p = c.find(t, newest)
	require.True(t, p.Good)
	require.False(t, p.Copied)
	require.Equal(t, &read, p.Verification, "the listing has it")
	require.True(t, c.find(t, older).Copied, "each point has its own")

	// What was found out elsewhere says nothing of another copy.
	again := c.copied(t)
	require.True(t, again.find(t, newest).Copied)
	require.Nil(t, again.find(t, newest).Verification)
}

func TestADumpOfAnotherPointIsNoCopy(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m, other := b.point(t, orders, scheduled), b.point(t, orders, scheduled.Add(time.Hour))
	content, blob, err := b.container.Get(t.Context(), other.Dump.Blob, 1<<20)
	require.NoError(t, err)
	require.Equal(t, m.Dump.Size, other.Dump.Size)
	_, err = b.container.Put(t.Context(), m.Dump.Blob, content, blob.Meta)
	require.NoError(t, err)
	p := b.find(t, m)
	require.False(t, p.Good || p.Copied, "its own metadata names another block list")
}

func TestWrongBytesAreDamageUntilTheRightOnesAreBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, orders, scheduled)
	right, _, err := b.container.Get(t.Context(), m.Dump.Blob, 1<<20)
	require.NoError(t, err)
	wrong := bytes.Clone(right)
	wrong[3] ^= 1
	_, err = b.container.Put(t.Context(), m.Dump.Blob, wrong, nil)
	require.NoError(t, err)
	require.True(t, b.find(t, m).Copied, "nobody has read it yet")

	read, err := b.readBack(t, m)
	require.NoError(t, err)
	require.Equal(t, vault.OutcomeDamaged, read.Outcome)
	require.Equal(t, []manifest.Damage{{Blob: m.Dump.Blob[strings.LastIndex(m.Dump.Blob, "/")+1:], Size: m.Dump.Size, What: manifest.WhatBytes}}, read.Damage)
	p := b.find(t, m)
	require.False(t, p.Good || p.Copied)
	require.Equal(t, &read, p.Verification)
	_, err = b.Latest(t.Context(), orders)
	require.Equal(t, failure.RecoveryPointNotFound, failure.CodeOf(err))

	_, err = b.container.Put(t.Context(), m.Dump.Blob, right, nil)
	require.NoError(t, err)
	require.True(t, b.find(t, m).Copied, "what was found counts for that very blob")
	read, err = b.readBack(t, m)
	require.NoError(t, err)
	require.Equal(t, vault.OutcomeGood, read.Outcome)
	require.True(t, b.find(t, m).Good)
}

func TestReadBackFindsWhateverIsDamaged(t *testing.T) {
	t.Parallel()
	put := func(content string) func(*testing.T, bundle, string) {
		return func(t *testing.T, b bundle, name string) {
			t.Helper()
			blob, err := b.container.Stat(t.Context(), name)
			require.NoError(t, err)
			_, err = b.container.Put(t.Context(), name, []byte(content), blob.Meta)
			require.NoError(t, err)
		}
	}
	remove := func(t *testing.T, b bundle, name string) {
		t.Helper()
		require.NoError(t, b.container.Delete(t.Context(), name))
	}
	for name, c := range map[string]struct {
		blob func(manifest.Manifest) string
		edit func(*testing.T, bundle, string)
		what string
	}{
		"roles are gone":        {func(m manifest.Manifest) string { return m.Roles.Blob }, remove, manifest.WhatMissing},
		"roles are others":      {func(m manifest.Manifest) string { return m.Roles.Blob }, put("CREATE ROLE b;\n"), manifest.WhatBytes},
		"roles are longer":      {func(m manifest.Manifest) string { return m.Roles.Blob }, put("CREATE ROLE abcde;\n"), manifest.WhatBytes},
		"fingerprints are gone": {func(m manifest.Manifest) string { return m.Fingerprints.Blob }, remove, manifest.WhatMissing},
		"fingerprints are others": {func(m manifest.Manifest) string { return m.Fingerprints.Blob }, func(t *testing.T, b bundle, name string) {
			t.Helper()
			b.rewrite(t, name, func(s string) string { return strings.Replace(s, "1", "2", 1) })
		}, manifest.WhatBytes},
		"fingerprints are longer": {func(m manifest.Manifest) string { return m.Fingerprints.Blob }, put(strings.Repeat(" ", 1000)), manifest.WhatBytes},
		"block list is gone":      {func(m manifest.Manifest) string { return m.Dump.BlocksBlob }, remove, manifest.WhatMissing},
		"block list is another":   {func(m manifest.Manifest) string { return m.Dump.BlocksBlob }, put("1 ab\n"), manifest.WhatBytes},
		"dump is gone":            {func(m manifest.Manifest) string { return m.Dump.Blob }, remove, manifest.WhatMissing},
		"dump is shorter":         {func(m manifest.Manifest) string { return m.Dump.Blob }, put("dump"), manifest.WhatLength},
		"manifest cannot be decoded": {func(m manifest.Manifest) string {
			return strings.TrimSuffix(m.Dump.Blob, "dump-r-1.dump") + "manifest.json"
		}, put("{"), manifest.WhatUnread},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			m := b.point(t, orders, scheduled)
			c.edit(t, b, c.blob(m))
			read, err := b.readBack(t, m)
			require.NoError(t, err)
			require.Equal(t, vault.OutcomeDamaged, read.Outcome)
			require.Len(t, read.Damage, 1, "%v", read.Damage)
			require.Equal(t, c.what, read.Damage[0].What)
			require.True(t, strings.HasSuffix(c.blob(m), "/"+read.Damage[0].Blob), "%v", read.Damage)
			p := b.find(t, m)
			require.False(t, p.Good || p.Copied)
		})
	}
}

func TestReadBackReadsNoArchivedDumpAndNoDeletedPoint(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.archived(t)
	_, err := b.readBack(t, m)
	require.ErrorIs(t, err, blobstore.ErrArchived)
	require.NoError(t, b.SoftDelete(t.Context(), m.Instance, m.PointID, vault.Tombstone{Until: time.Now().Add(time.Hour)}))
	_, err = b.readBack(t, m)
	require.ErrorIs(t, err, vault.ErrGone)
	require.NoError(t, b.Pruner(runs(false)).Purge(t.Context(), m.Instance, m.PointID, time.Now()))
	_, err = b.readBack(t, m)
	require.ErrorIs(t, err, vault.ErrGone)
	for _, name := range b.names(t) {
		require.NotContains(t, name, m.PointID, "nothing is left behind a point that went")
	}
}
