package vault_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/vault"
)

// A vault keeps its ID, whoever else is first and whatever its settings become.
func TestVaultKeepsItsID(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id, err := b.ID(t.Context())
	require.NoError(t, err)
	require.Empty(t, id)

	var group sync.WaitGroup
	ids := [4]string{vault.NewID(), vault.NewID(), vault.NewID(), ""}
	errs := make([]error, len(ids))
	for i, candidate := range ids {
		group.Go(func() { _, errs[i] = b.PutSettings(t.Context(), instance.VaultSettings{Container: b.URL()}, candidate) })
	}
	group.Wait()
	require.NoError(t, errors.Join(errs...))
	first, err := b.ID(t.Context())
	require.NoError(t, err)
	require.Len(t, first, len(ids[0]))

	changed, err := b.PutSettings(t.Context(), instance.VaultSettings{Container: b.URL()}, "another")
	require.NoError(t, err)
	require.False(t, changed)
	changed, err = b.PutSettings(t.Context(), instance.VaultSettings{Container: "https://moved.example/vault"}, "another")
	require.NoError(t, err)
	require.True(t, changed)
	id, err = b.ID(t.Context())
	require.NoError(t, err)
	require.Equal(t, first, id)

	_, err = b.container.Put(t.Context(), "vault.json", []byte(`{"container": "https://older.example/vault"}`), nil)
	require.NoError(t, err)
	_, err = b.PutSettings(t.Context(), instance.VaultSettings{Container: b.URL()}, "given")
	require.NoError(t, err)
	id, err = b.ID(t.Context())
	require.NoError(t, err)
	require.Equal(t, "given", id)
}

// The ID of a vault whose settings are lost is in its points, also in those of an
// instance whose definition is lost.
func TestPointsKnowTheIDOfAVaultWithoutSettings(t *testing.T) {
	t.Parallel()
	s := setupSigning(t, memblob.Options{})
	lost := func() string {
		id, err := s.LostID(t.Context(), []string{"shop/unknown", orders})
		require.NoError(t, err)
		return id
	}
	require.NoError(t, s.container.Delete(t.Context(), "vault.json"))
	require.Empty(t, lost(), "a new vault")
	s.signedBy(t, s.key, point1)
	_, err := s.container.Put(t.Context(), folderOf(point2)+"manifest.json", []byte("damaged"), nil)
	require.NoError(t, err)
	require.Equal(t, vaultID, lost())

	id, err := s.LostID(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, id, "nobody names the instance, and it has no definition")
	_, err = s.PutInstance(t.Context(), instance.Instance{Name: orders})
	require.NoError(t, err)
	id, err = s.LostID(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, vaultID, id)

	_, err = s.container.Put(t.Context(), "vault.json", []byte("{"), nil)
	require.NoError(t, err)
	require.Equal(t, vaultID, lost(), "settings that cannot be read say no ID either")
	_, err = s.container.Put(t.Context(), "vault.json", []byte(`{"container": "`+s.URL()+`"}`), nil)
	require.NoError(t, err)
	require.Empty(t, lost(), "a copy that is to be another vault has lost its ID on purpose")
}
