package vault_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault"
)

// trusting returns the vault as a worker with that trust file sees it.
func (b bundle) trusting(t *testing.T, file string) *vault.Vault {
	t.Helper()
	f, err := trust.Parse([]byte(file), "trust.yaml")
	require.NoError(t, err)
	return b.Vault.Trusting(f)
}

// Whoever can write blobs can write settings without soft delete and locks.
func TestForgedSettingsDoNotGoBelowTheTrustFile(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.PutSettings(t.Context(), instance.VaultSettings{
		Container: b.URL(), SoftDelete: instance.SoftDelete{Off: true}, Immutability: instance.Disabled,
	}, "forged")
	require.NoError(t, err)
	v := b.trusting(t, "vaultID: own\nvault: {softDeleteDays: 20, immutability: unlocked}")
	settings, err := v.GetSettings(t.Context())
	require.NoError(t, err)
	require.Equal(t, instance.SoftDelete{Days: 20}, settings.SoftDelete)
	require.Equal(t, instance.Unlocked, settings.Immutability)
	_, err = v.ID(t.Context())
	require.Equal(t, failure.NotTrusted, failure.CodeOf(err))

	m := b.point(t, orders, scheduled)
	deletion, err := v.Pruner(runs(false)).NewDeletion(t.Context(), vault.Tombstone{Job: "x"}, time.Now())
	require.NoError(t, err)
	require.False(t, deletion.Final())
	until, err := deletion.Point(t.Context(), orders, m.PointID)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().AddDate(0, 0, 20), until, time.Hour)
	require.NoError(t, v.Undelete(t.Context(), orders, m.PointID))
}

func TestAForgedExpiryLocksNothingBeyondTheLongestRetention(t *testing.T) {
	t.Parallel()
	l := setupLocking(t)
	p := l.recent(t)
	require.NoError(t, l.SetRetention(t.Context(), orders1, p.ID, vault.Retention{Expires: l.now.AddDate(1000, 0, 0)}))
	v := l.trusting(t, "vault: {maximumRetention: 1y}")
	done, err := v.Lock(t.Context(), l.find(t, p.ID), instance.Locked, l.now)
	require.NoError(t, err)
	require.NotZero(t, done.Blobs)
	require.WithinDuration(t, l.now.AddDate(1, 0, 0), done.Until, time.Minute)
	require.Equal(t, done.Until, l.find(t, p.ID).LockedUntil)
}

func TestTheStorageHasToDoWhatTheTrustFileDemands(t *testing.T) {
	t.Parallel()
	const demands = "storage: {versions: required, softDeleteDays: 14}"
	for name, c := range map[string]struct {
		options memblob.Options
		file    string
		refused string
	}{
		"both":                         {memblob.Options{Versions: true, SoftDeleteDays: 14}, demands, ""},
		"no demand":                    {memblob.Options{}, "vaultID: own", ""},
		"no versions":                  {memblob.Options{SoftDeleteDays: 14}, demands, "demands versions of blobs"},
		"a shorter soft delete":        {memblob.Options{Versions: true, SoftDeleteDays: 7}, demands, "has it for 7 days"},
		"locked in the trust file":     {memblob.Options{Versions: true}, demands + "\nvault: {immutability: locked}", ""},
		"locked in the settings alone": {memblob.Options{Versions: true}, demands, "or locked immutability"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(memblob.New(time.Now, c.options))
			_, err := b.PutSettings(t.Context(), instance.VaultSettings{Container: b.URL(), Immutability: instance.Locked}, "own")
			require.NoError(t, err)
			err = b.trusting(t, c.file).CheckStorage(t.Context())
			if c.refused == "" {
				require.NoError(t, err)
				return
			}
			require.Equal(t, failure.NotTrusted, failure.CodeOf(err))
			require.ErrorContains(t, err, c.refused)
		})
	}
}

// No command about versions helps a vault without settings.
func TestWithoutSettingsNobodyKnowsWhetherThereAreVersions(t *testing.T) {
	t.Parallel()
	b := open(memblob.New(time.Now, memblob.Options{Versions: true, SoftDeleteDays: 14}))
	err := b.trusting(t, "storage: {versions: required, softDeleteDays: 14}").CheckStorage(t.Context())
	require.Equal(t, failure.InvalidConfiguration, failure.CodeOf(err))
	require.ErrorContains(t, err, "no settings yet")
}
