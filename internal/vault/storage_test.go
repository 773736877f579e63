package vault_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/trust"
)

func TestWhatTheTrustFileDemandsOfTheStorage(t *testing.T) {
	t.Parallel()
	demands, err := trust.Parse([]byte("storage: {versions: required, softDeleteDays: 14}\n"), "trust.yaml")
	require.NoError(t, err)
	check := func(o memblob.Options) error {
		b := open(memblob.New(time.Now, o))
		_, err := b.PutSettings(t.Context(), instance.VaultSettings{}, "")
		require.NoError(t, err)
		return b.Trusting(demands).CheckStorage(t.Context())
	}
	require.NoError(t, check(memblob.Options{Versions: true, SoftDeleteDays: 14}))
	err = check(memblob.Options{SoftDeleteDays: 14})
	require.Equal(t, failure.NotTrusted, failure.CodeOf(err))
	require.ErrorContains(t, err, "keeps none")
	err = check(memblob.Options{Versions: true, SoftDeleteDays: 7})
	require.Equal(t, failure.NotTrusted, failure.CodeOf(err))
	require.ErrorContains(t, err, "has it for 7 days")

	// Without vault.json nobody knows, and no command about versions helps.
	err = open(memblob.New(time.Now, memblob.Options{Versions: true, SoftDeleteDays: 14})).Trusting(demands).CheckStorage(t.Context())
	require.Equal(t, failure.InvalidConfiguration, failure.CodeOf(err))
	require.ErrorContains(t, err, "no settings yet")
}
