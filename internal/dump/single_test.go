package dump_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/dump"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// pg_dump itself cannot write the offsets into a pipe.
func TestASingleStreamSaysWhereItsDataIs(t *testing.T) {
	t.Parallel()
	d, r := dumping(t, localenvtest.Container(t), azureblob.Options{})
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), r.Account.Database, manyShapes))
	r.Compression.Algorithm = "none" // several blocks of data
	d, r = pooled(t, d, r)
	r.EarlierSize = 123 << 30
	meter := progress.NewMeter(time.Now, "dump")
	result, err := d.Stream(t.Context(), r, meter)
	require.NoError(t, err)
	require.Equal(t, dump.SingleStream, result.Layout.Method)
	require.Contains(t, result.Layout.Reason, "pooler")
	require.Greater(t, result.Blocks, 3)

	content, _, err := d.Container.Get(t.Context(), r.Blob, 1<<30)
	require.NoError(t, err)
	from := bytes.NewReader(content)
	toc, err := archive.ReadTOC(from)
	require.NoError(t, err)
	require.Equal(t, toc.Size(), result.Layout.TOCSize)
	require.Equal(t, result.Blob.Size-toc.Size(), meter.Bytes())
	require.Contains(t, meter.Snapshot().Done, " of about 123.0 GiB, 9 of 9 tables")
	require.EqualValues(t, 9, meter.Snapshot().TablesTotal)
	require.EqualValues(t, 9, meter.Snapshot().Tables)
	for _, e := range toc.Entries {
		require.Equal(t, e.HasData(), e.State == archive.OffsetSet, e.Tag)
	}
	require.NoError(t, toc.LocateData(from, func(*archive.Scanner, archive.Block) error { return nil }), "each is where it is said to be")
	file := filepath.Join(t.TempDir(), "archive.dump")
	require.NoError(t, os.WriteFile(file, content, 0o600))
	restored := localenvtest.Database(t)
	pgRestore(t, restored, nil, "--jobs=4", file)
	require.Equal(t, contents(t, r.Account.Database), contents(t, restored))
}

// The missing data is not the reason.
func TestAPgDumpThatIsCutOffSaysWhy(t *testing.T) {
	t.Parallel()
	d, r := dumping(t, localenvtest.Container(t), azureblob.Options{})
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), r.Account.Database, manyShapes))
	d, r = pooledUpTo(t, 5<<20, d, r)
	meter := progress.NewMeter(time.Now, "dump")
	_, err := d.Stream(t.Context(), r, meter)
	require.Equal(t, failure.ServerConnectionClosed, failure.CodeOf(err), "%v", err)
	require.NotErrorIs(t, err, archive.ErrDamaged)
	require.NotZero(t, meter.Bytes(), "it was cut off before its data")
	require.Empty(t, names(t, d.Container))
}

// pg_dump is stopped and is not the reason.
func TestStorageThatRefusesEndsASingleStream(t *testing.T) {
	t.Parallel()
	proxy, d, r := dumpingThrough(t, azureblob.Options{OutageLimit: time.Second})
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), r.Account.Database, manyShapes))
	proxy.FailNext(-1, http.StatusServiceUnavailable, 0, func(r *http.Request) bool { return r.URL.Query().Get("comp") == "block" })
	d.MemoryBudget = 2 << 20
	r.Compression.Algorithm = "none"
	d, r = pooled(t, d, r)
	_, err := d.Stream(t.Context(), r, progress.NewMeter(time.Now, "dump"))
	require.Equal(t, failure.StorageUnavailable, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "store the dump")
	require.Empty(t, names(t, d.Container))
}
