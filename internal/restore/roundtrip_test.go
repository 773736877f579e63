package restore_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/dump"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// dumped dumps over several connections and returns the dump for restores, and
// its content.
func dumped(t *testing.T, r restore.Restorer, account signin.Account) (restore.Dump, []byte) {
	t.Helper()
	d, content, _ := fingerprinted(t, r, account)
	return d, content
}

// fingerprinted is like dumped, with the stored fingerprints.
func fingerprinted(t *testing.T, r restore.Restorer, account signin.Account) (restore.Dump, []byte, fingerprint.File) {
	t.Helper()
	container, err := azureblob.Open(localenvtest.Container(t), localenvtest.Azurite(t).Credential(), azureblob.Options{})
	require.NoError(t, err)
	result, err := dump.Dumper{Source: r.Source, Container: container, Tools: r.Tools, MemoryBudget: 64 << 20, Memory: r.Memory}.Stream(t.Context(), dump.Request{
		Account: account, Blob: "dump", BlocksBlob: "blocks", FingerprintsBlob: "fingerprints", StallTimeout: time.Minute, LockTimeout: time.Minute, Connections: 3,
	}, progress.NewMeter(time.Now, "dump"))
	require.NoError(t, err)
	require.Equal(t, dump.Parallel, result.Layout.Method, result.Layout.Reason)
	content, _, err := container.Get(t.Context(), "dump", 1<<30)
	require.NoError(t, err)
	encoded, _, err := container.Get(t.Context(), "fingerprints", 1<<30)
	require.NoError(t, err)
	prints, err := fingerprint.Decode(bytes.NewReader(encoded), func(int64) error { return nil })
	require.NoError(t, err)
	return restore.Dump{
		Name: "dump", Size: result.Blob.Size, TOCSize: result.Layout.TOCSize, Pieces: result.Layout.Pieces,
		Open: func(ctx context.Context, offset, count int64) (io.ReadCloser, error) {
			return container.OpenRange(ctx, "dump", result.Blob.ETag, offset, count)
		},
	}, content, prints
}

// The restore of a dump over several connections is compared with what
// pg_restore makes of it, directly and through psql, and with the source.
func TestBothWaysRoundAreTheSame(t *testing.T) {
	t.Parallel()
	from := source(t, "rich.sql")
	p := localenvtest.Postgres(t)
	require.NoError(t, p.Exec(t.Context(), from, `CREATE TABLE shop.large AS SELECT n, repeat(md5(n::text), 20) AS filler FROM generate_series(1, 120000) n;
		ALTER TABLE shop.large ADD PRIMARY KEY (n)`))
	r, job := target(t)
	account := job.Account
	account.Database = from
	d, content := dumped(t, r, account)
	require.NotEmpty(t, d.Pieces)
	loaded, m, err := load(t, r, job, d)
	require.NoError(t, err)
	require.Empty(t, loaded.Ignored)
	same(t, from, job.Unpublished)
	require.Equal(t, m.Snapshot().Total, m.Snapshot().Bytes)

	byStock := localenvtest.Database(t)
	file := filepath.Join(t.TempDir(), "archive")
	require.NoError(t, os.WriteFile(file, content, 0o600))
	stock(t, byStock, "pg_restore", "--jobs=3", "--dbname="+byStock, file)
	same(t, byStock, job.Unpublished)

	byScript, script := localenvtest.Database(t), filepath.Join(t.TempDir(), "script.sql")
	stock(t, byScript, "pg_restore", "--file="+script, file)
	stock(t, byScript, "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file="+script)
	same(t, byScript, job.Unpublished)
}
