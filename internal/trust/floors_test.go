package trust_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/trust"
)

func TestSoftDelete(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file string
		says instance.SoftDelete
		want instance.SoftDelete
	}{
		{"30", instance.SoftDelete{}, instance.SoftDelete{Days: 30}},
		{"30", instance.SoftDelete{Off: true}, instance.SoftDelete{Days: 30}},
		{"30", instance.SoftDelete{Off: true, Days: 90}, instance.SoftDelete{Days: 30}},
		{"30", instance.SoftDelete{Days: 90, AlwaysOn: true}, instance.SoftDelete{Days: 90, AlwaysOn: true}},
		{"30", instance.SoftDelete{Days: -1 << 62}, instance.SoftDelete{Days: 30}},
		{"30", instance.SoftDelete{Days: 1 << 62}, instance.SoftDelete{Days: 180}},
		{"0", instance.SoftDelete{Off: true}, instance.SoftDelete{Off: true}},
		{"0", instance.SoftDelete{Days: 3}, instance.SoftDelete{Days: 14}},
		{"0", instance.SoftDelete{}, instance.SoftDelete{Days: 14}},
		{"14", instance.SoftDelete{}, instance.SoftDelete{Days: 14}},
	} {
		f := parse(t, "vault: {softDeleteDays: "+c.file+"}")
		require.Equal(t, c.want, f.SoftDelete(c.says), c)
	}
}

func TestImmutability(t *testing.T) {
	t.Parallel()
	states := []string{"disabled", "unlocked", "locked"}
	for i, file := range states {
		f := parse(t, "vault: {immutability: "+file+"}")
		for j, vault := range states {
			var says, want instance.Immutability
			require.NoError(t, says.UnmarshalText([]byte(vault)))
			require.NoError(t, want.UnmarshalText([]byte(states[max(i, j)])))
			require.Equal(t, want, f.Immutability(says), "%s and %s", file, vault)
		}
		require.True(t, f.Immutability("forged").On())
	}
}

func TestLockEnd(t *testing.T) {
	t.Parallel()
	f := parse(t, "vault: {maximumRetention: 1y}")
	taken := time.Date(2026, time.November, 27, 2, 0, 0, 0, time.UTC)
	require.Equal(t, taken.AddDate(0, 6, 0), f.LockEnd(taken, taken.AddDate(0, 6, 0)))
	require.Equal(t, taken.AddDate(1, 0, 0), f.LockEnd(taken, taken.AddDate(1000, 0, 0)))
	require.Equal(t, taken.AddDate(10, 0, 0), parse(t, "vaultID: own").LockEnd(taken, taken.AddDate(1000, 0, 0)), "the default")
}

func TestVaultID(t *testing.T) {
	t.Parallel()
	f := parse(t, "vaultID: 5d0c\n")
	require.NoError(t, f.VaultID("5d0c"))
	require.Contains(t, requireRefused(t, f.VaultID("5d0C")), "vaultID: \"5d0C\"")
	for _, id := range []string{"", "5d0c ", "\x1b[31m", "5d0c\nservers: []"} {
		require.Empty(t, requireRefused(t, f.VaultID(id)), id)
	}
	require.NoError(t, parse(t, "notify: [a]").VaultID("any"))
}

func TestStorage(t *testing.T) {
	t.Parallel()
	s := parse(t, "storage: {versions: required, softDeleteDays: 14}").Storage()
	require.NoError(t, s.Check("contoso", trust.StorageState{Versions: true, SoftDeleteDays: 14}))
	require.NoError(t, s.Check("contoso", trust.StorageState{Versions: true, Immutability: instance.Locked}))
	require.NoError(t, trust.Storage{}.Check("contoso", trust.StorageState{}))
	for want, state := range map[string]trust.StorageState{
		"versions of blobs, and storage account contoso keeps none": {SoftDeleteDays: 14},
		"and storage account contoso has it for 13 days":            {Versions: true, SoftDeleteDays: 13},
		"and storage account contoso has it for 0 days":             {Versions: true, Immutability: instance.Unlocked},
	} {
		err := s.Check("contoso", state)
		requireRefused(t, err, want)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "az storage account blob-service-properties update --account-name contoso --enable-")
	}
	unseen := trust.StorageState{Versions: true, SoftDeleteUnseen: true}
	require.ErrorContains(t, s.Check("contoso", unseen), "may not see")
	unseen.Immutability = instance.Locked
	require.NoError(t, s.Check("contoso", unseen))
	var f *failure.Error
	require.ErrorAs(t, s.Check("contoso", trust.StorageState{}), &f)
	require.Len(t, f.Findings, 2)
}
