package vault_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// blocked makes a point whose dump has so many blocks of the size.
func (b bundle) blocked(t *testing.T, count, size int) manifest.Manifest {
	t.Helper()
	m := b.attempt(t, orders, vault.PointID(scheduled, "0a1b2c3d"), "r-1", "unused")
	name := vault.AttemptNames(orders, m.PointID, "r-2").Dump
	assembly := b.container.NewAssembly(t.Context(), name, blobstore.NewAssemblyPlan(1, 0, 0), func() {})
	run := assembly.NewRun()
	var whole []byte
	var blocks []blobstore.Block
	for i := range count {
		content := bytes.Repeat([]byte{byte('a' + i%26)}, size)
		whole = append(whole, content...)
		blocks = append(blocks, blobstore.Block{Size: int64(size), SHA256: sum(content)})
		_, err := run.Write(content)
		require.NoError(t, err)
	}
	run.End()
	require.NoError(t, assembly.Wait())
	list := blobstore.EncodeBlocks(blocks)
	dump, err := assembly.Commit(t.Context(), []*blobstore.Run{run}, sum(list), nil)
	require.NoError(t, err)
	_, err = b.container.Put(t.Context(), m.Dump.BlocksBlob, list, nil)
	require.NoError(t, err)
	m.Dump.Blob, m.Dump.Size, m.Dump.ETag, m.Dump.SHA256 = name, dump.Size, dump.ETag, sum(whole)
	m.Dump.Blocks, m.Dump.BlocksSHA256, m.Dump.BlocksSize = count, sum(list), int64(len(list))
	require.NoError(t, b.CommitPoint(t.Context(), statement.Unsigned{}, m))
	return m
}

// damage puts wrong bytes into some of a dump's blocks.
func (b bundle) damage(t *testing.T, m manifest.Manifest, blocks ...int) {
	t.Helper()
	content, _, err := b.container.Get(t.Context(), m.Dump.Blob, m.Dump.Size)
	require.NoError(t, err)
	size := len(content) / m.Dump.Blocks
	for _, at := range blocks {
		content[at*size] = '!'
	}
	_, err = b.container.Put(t.Context(), m.Dump.Blob, content, nil)
	require.NoError(t, err)
}

func TestReadBackFindsEachDamagedBlock(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.blocked(t, 30, 10)
	b.damage(t, m, 2, 17)
	read, err := b.readBack(t, m)
	require.NoError(t, err)
	require.Equal(t, []manifest.Damage{
		{Blob: "dump-r-2.dump", Offset: 20, Size: 10, What: manifest.WhatBytes}, {Blob: "dump-r-2.dump", Offset: 170, Size: 10, What: manifest.WhatBytes},
	}, read.Damage)
	require.Equal(t, "dump-r-2.dump: other bytes at offset 170, 10 bytes", read.Damage[1].String())

	all := make([]int, 30)
	for i := range all {
		all[i] = i
	}
	b.damage(t, m, all...)
	read, err = b.readBack(t, m)
	require.NoError(t, err)
	require.Len(t, read.Damage, 10)
	require.Equal(t, 20, read.More)
	b.requireMetaFits(t)
	require.Equal(t, &read, b.find(t, m).Verification)
}

// A read-back goes on where an earlier attempt was, and remembers what that one
// had found; with another dump it begins at its beginning.
func TestReadBackGoesOn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.blocked(t, 5, 5<<20) // each is read by a request of its own
	b.damage(t, m, 1)
	var reached []vault.ReadSoFar
	in := ask(m)
	in.Reached = func(r vault.ReadSoFar) { reached = append(reached, r) }
	whole, err := b.ReadBack(t.Context(), in)
	require.NoError(t, err)
	require.Len(t, reached, 5)

	in.From, reached = reached[2], nil
	on, err := b.ReadBack(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, whole, on)
	require.Len(t, reached, 2, "the blocks that were left")

	b.damage(t, m, 4)
	reached = nil
	other, err := b.ReadBack(t.Context(), in)
	require.NoError(t, err)
	require.Len(t, reached, 5, "it is another blob")
	require.Len(t, other.Damage, 2)
}

func TestACopiedPointIsRehydratedLockedAndNotArchived(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, orders, scheduled)
	c := b.copied(t)
	require.ErrorIs(t, c.Pruner(runs(false)).Archive(t.Context(), m.Instance, m.PointID), vault.ErrNotNow, "nobody could read it back there")
	p := c.find(t, m)
	require.True(t, b.LacksLock(p, instance.Unlocked, scheduled))
	require.NoError(t, c.container.SetTier(t.Context(), m.Dump.Blob, blobstore.Archive), "as a copy that keeps tiers has it")
	require.True(t, c.find(t, m).Copied)
	got, err := c.Rehydrate(t.Context(), c.ask(m, "restore/1", time.Now()))
	require.NoError(t, err)
	require.NotNil(t, got.From)
	content, err := c.read(t, m, *got.From)
	require.NoError(t, err)
	require.Equal(t, "dump of "+scheduled.String(), content)
}

func TestAVerifiedCopyMovesToTheArchiveTier(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, orders, scheduled)
	c := b.copied(t)
	_, err := c.readBack(t, m)
	require.NoError(t, err)
	require.NoError(t, c.Pruner(runs(false)).Archive(t.Context(), m.Instance, m.PointID))
	p := c.find(t, m)
	require.True(t, p.Good && p.Archived())
	got, err := c.Rehydrate(t.Context(), c.ask(m, "restore/1", time.Now()))
	require.NoError(t, err)
	_, err = c.read(t, m, *got.From)
	require.NoError(t, err)
}

// The hash of the whole dump is not computed again, so that a damaged one in the
// manifest has to show in another way.
func TestAReadBackComparesTheHashOfTheDumpWithTheListing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, orders, scheduled)
	name := "instances/" + orders + "/points/" + m.PointID + "/manifest.json"
	content, blob, err := b.container.Get(t.Context(), name, 1<<20)
	require.NoError(t, err)
	other := bytes.Replace(content, []byte(m.Dump.SHA256), []byte(sum([]byte("other"))), 1)
	require.NotEqual(t, content, other)
	_, err = b.container.Put(t.Context(), name, other, blob.Meta)
	require.NoError(t, err)
	read, err := b.readBack(t, m)
	require.NoError(t, err)
	require.Equal(t, vault.OutcomeDamaged, read.Outcome)
	require.Equal(t, []manifest.Damage{{Blob: "manifest.json", What: manifest.WhatMetadata}}, read.Damage)
}
