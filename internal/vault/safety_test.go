package vault_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/vault"
)

func TestSafetyNet(t *testing.T) {
	t.Parallel()
	b := setup(t)
	url := b.URL()
	_, err := b.PutSettings(t.Context(), instance.VaultSettings{Container: url}, "")
	require.NoError(t, err)
	net, err := b.SafetyNet(t.Context())
	require.NoError(t, err)
	require.Equal(t, vault.SafetyNet{}, net, "the account has neither")
	settings, err := b.GetSettings(t.Context())
	require.NoError(t, err)
	require.Equal(t, url, settings.Container)

	// An identity that may not look at the account.
	b.forbid(memblob.SoftDeleteDays)
	net, err = b.SafetyNet(t.Context())
	require.NoError(t, err)
	require.True(t, net.SoftDeleteUnseen)
}
