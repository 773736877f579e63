package vault_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
)

func TestReadBlocksChecksWhatItReads(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, "shop/orders", scheduled)
	blocks, err := b.ReadBlocks(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, []blobstore.Block{{Size: m.Dump.Size, SHA256: m.Dump.SHA256}}, blocks)
	list, _, err := b.container.Get(t.Context(), m.Dump.BlocksBlob, 1<<20)
	require.NoError(t, err)

	other := append([]byte(nil), list...)
	other[len(other)-2] ^= 1
	for name, content := range map[string][]byte{"another": other, "longer": append(list, list...), "shorter": list[:10], "empty": {}} {
		_, err := b.container.Put(t.Context(), m.Dump.BlocksBlob, content, nil)
		require.NoError(t, err)
		_, err = b.ReadBlocks(t.Context(), m)
		require.Equal(t, failure.VerificationFailed, failure.CodeOf(err), name)
		require.ErrorContains(t, err, m.Dump.BlocksBlob, name)
		require.ErrorContains(t, err, m.PointID, name)
	}
	require.NoError(t, b.container.Delete(t.Context(), m.Dump.BlocksBlob))
	_, err = b.ReadBlocks(t.Context(), m)
	require.Equal(t, failure.VerificationFailed, failure.CodeOf(err))
	require.ErrorContains(t, err, m.Dump.BlocksBlob)
}

func TestReadRolesThatAreGone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, "shop/orders", scheduled)
	require.NoError(t, b.container.Delete(t.Context(), m.Roles.Blob))
	_, err := b.ReadRoles(t.Context(), m)
	require.Equal(t, failure.VerificationFailed, failure.CodeOf(err))
	require.ErrorContains(t, err, m.Roles.Blob)
}
