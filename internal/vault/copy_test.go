package vault_test

import (
	"bytes"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault"
)

func TestCopyPoint(t *testing.T) {
	t.Parallel()
	b, target := setup(t), setup(t)
	m := b.point(t, "shop/orders", scheduled)
	var copied int64
	for range 2 {
		copied = 0
		names, err := b.CopyPoint(t.Context(), m, vault.Source{}, target.container, "here/", func(n int64) { copied += n })
		require.NoError(t, err)
		require.Len(t, names, 6)
		require.Regexp(t, `^here/manifest-[0-9a-f]{64}\.dsse\.json$`, names[4])
		require.Equal(t, []string{"here/dump-r-1.dump", "here/fingerprints-r-1.json", "here/blocks-r-1.txt", "here/roles-r-1.sql", "here/manifest.json"}, slices.Delete(names, 4, 5))
		require.GreaterOrEqual(t, copied, m.Dump.Size)
	}
	stored, _, err := target.container.Get(t.Context(), "here/dump-r-1.dump", 1<<20)
	require.NoError(t, err)
	require.Equal(t, m.Dump.SHA256, sum(stored))

	_, err = target.container.Put(t.Context(), "there/dump-r-1.dump", []byte("something else"), nil)
	require.NoError(t, err)
	_, err = b.CopyPoint(t.Context(), m, vault.Source{}, target.container, "there/", func(int64) {})
	require.ErrorIs(t, err, blobstore.ErrExists)
	require.ErrorContains(t, err, "there/dump-r-1.dump")
	require.Equal(t, failure.FileNameAlreadyInUse, failure.CodeOf(err))
}

// Files in a vault would pass for the vault's own.
func TestCheckTarget(t *testing.T) {
	t.Parallel()
	own, other, plain := setup(t), setup(t), setup(t)
	_, err := other.container.Put(t.Context(), "vault.json", []byte("{"), nil)
	require.NoError(t, err)
	for _, to := range []*blobstore.Container{own.container, other.container} {
		err := own.CheckTarget(t.Context(), to)
		require.Equal(t, failure.TargetContainerIsVault, failure.CodeOf(err))
		require.ErrorContains(t, err, to.URL())
	}
	require.NoError(t, own.CheckTarget(t.Context(), plain.container))
	require.NoError(t, vault.CheckTarget(t.Context(), "", own.container), "nothing shows that it is a vault")
}

func TestReadRolesChecksWhatItReads(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, "shop/orders", scheduled)
	sql, err := b.ReadRoles(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, "CREATE ROLE a;\n", string(sql))
	_, err = b.container.Put(t.Context(), m.Roles.Blob, []byte("CREATE ROLE b;\n"), nil)
	require.NoError(t, err)
	_, err = b.ReadRoles(t.Context(), m)
	require.Equal(t, failure.VerificationFailed, failure.CodeOf(err))
}

func TestJobRecords(t *testing.T) {
	t.Parallel()
	b := setup(t)
	long := string(bytes.Repeat([]byte("ü"), 5000))
	records := []jobs.Record{
		{ID: "backup/shop/orders/1", RunID: "aaaaaaaa-1", Operation: "Backup", Instance: "shop/orders", Started: scheduled, Ended: scheduled.Add(time.Hour), Outcome: "failed", Code: "UserErrorInvalidSecret", Message: long},
		{ID: "backup/shop/orders/2", RunID: "bbbbbbbb-1", Operation: "Backup", Instance: "shop/orders", Started: scheduled.AddDate(0, -2, 0), Ended: scheduled.AddDate(0, -2, 0), Outcome: "completed"},
	}
	for _, r := range records {
		require.NoError(t, b.PutJob(t.Context(), r))
		require.NoError(t, b.PutJob(t.Context(), r), "recording twice is recording once")
	}
	found, err := b.ListJobs(t.Context(), scheduled.AddDate(0, -3, 0), scheduled.AddDate(0, 1, 0))
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.Equal(t, "backup/shop/orders/1", found[0].ID, "the newest comes first")
	require.Equal(t, "UserErrorInvalidSecret", found[0].Code)
	require.Contains(t, found[0].Message, "üü")
	found, err = b.ListJobs(t.Context(), scheduled, scheduled.AddDate(0, 0, 1))
	require.NoError(t, err)
	require.Len(t, found, 1)
	full, _, err := b.container.Get(t.Context(), b.names(t)[len(b.names(t))-1], 1<<20)
	require.NoError(t, err)
	require.Contains(t, string(full), long, "the record itself is whole")

	name, err := b.PutReport(t.Context(), scheduled, "sweep/1", "cccccccc-1", 1, map[string]int{"kept": 3})
	require.NoError(t, err)
	report := map[string]int{}
	require.NoError(t, b.GetReport(t.Context(), name, &report))
	require.Equal(t, 3, report["kept"])
}

func TestDumpStreamsWhatWasStored(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, "shop/orders", scheduled)
	dump, err := b.OpenDump(t.Context(), m, vault.Source{})
	require.NoError(t, err)
	content, err := io.ReadAll(dump)
	require.NoError(t, err)
	require.NoError(t, dump.Close())
	require.Equal(t, m.Dump.SHA256, sum(content))
}
