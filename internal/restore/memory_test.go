package restore_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/archive/archivetest"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/test/growth"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

const mib = 1 << 20

// The manifest says how long the table of contents is.
func TestATableOfContentsIsRefusedByItsSize(t *testing.T) {
	t.Parallel()
	r, job := target(t)
	r.Memory = memory.NewBudget(200 * mib)
	dump := restore.Dump{Name: "dump of the-point", Size: 1 << 40, TOCSize: 300 * mib, Open: func(context.Context, int64, int64) (io.ReadCloser, error) {
		return nil, errors.New("the dump was opened")
	}}
	for _, content := range []selection.Content{selection.SchemaOnly, selection.DataOnly} {
		job.Wanted.Content = content
		_, err := r.CheckTarget(t.Context(), job, dump)
		require.Equal(t, failure.WorkerMemory, failure.CodeOf(err), "%v", err)
		require.ErrorContains(t, err, "the-point")
	}
	_, err := r.Load(t.Context(), job, dump, progress.NewMeter(time.Now, ""))
	require.Equal(t, failure.WorkerMemory, failure.CodeOf(err), "%v", err)
	_, err = r.LoadRows(t.Context(), job, dump, restore.Attempts{}, progress.NewMeter(time.Now, ""))
	require.Equal(t, failure.WorkerMemory, failure.CodeOf(err), "%v", err)
}

// A forged manifest says less than the truth.
func TestATableOfContentsThatIsLargerThanItsSize(t *testing.T) {
	t.Parallel()
	content := archivetest.Bytes(archive.Entry{Desc: "COMMENT", Defn: strings.Repeat("x", 100*mib)})
	r, job := target(t)
	r.Memory = memory.NewBudget(200 * mib)
	read := int64(0)
	dump := restore.Dump{Name: "dump of the-point", Size: int64(len(content)), TOCSize: 100, Open: func(_ context.Context, offset, count int64) (io.ReadCloser, error) {
		read += count
		return io.NopCloser(bytes.NewReader(content[offset : offset+count])), nil
	}}
	_, err := r.Load(t.Context(), job, dump, progress.NewMeter(time.Now, ""))
	require.Equal(t, failure.WorkerMemory, failure.CodeOf(err), "%v", err)
	require.Less(t, read, int64(mib))
}

// Each table of a stranger's archive demands a window of 128 MiB. It measures the
// memory of the process, and so runs alone.
func TestWindowsOfManyConnectionsAreBounded(t *testing.T) {
	const connections = 8
	block := archivetest.ZstdTable(7, 128*mib, 129*mib)
	job := memory.Job{Name: "the restore of the-point"}
	var err error
	peak := growth.Peak(func() {
		err = memory.NewBudget(600*mib).Run(t.Context(), job, 0, func(ctx context.Context, share *memory.Share) error {
			group, ctx := errgroup.WithContext(ctx)
			for range connections {
				group.Go(func() error {
					n, err := restore.ReadTable(ctx, share, archive.Header{Compression: archive.Zstd}, 7, bytes.NewReader(block))
					if err == nil && n != 129*mib {
						err = io.ErrUnexpectedEOF
					}
					return err
				})
			}
			return group.Wait()
		})
	})
	require.NoError(t, err)
	t.Logf("%d connections took %d MiB", connections, peak/mib)
	require.Less(t, peak, int64(600*mib))
}

// A function of a hostile database raises warnings while rows are copied, and
// while pg_restore makes an index. It measures the memory of the process, and so
// runs alone.
func TestAFloodOfWarningsIsBounded(t *testing.T) {
	database := localenvtest.Database(t)
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), database, `SET client_min_messages = error;
		CREATE FUNCTION noisy(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
		BEGIN
			RAISE WARNING '%', pg_catalog.repeat('x', 1000000);
			FOR n IN 1..100000 LOOP EXIT WHEN i > 1; RAISE WARNING 'again'; END LOOP;
			RETURN i;
		END $$;
		CREATE TABLE t (i int CHECK (public.noisy(i) > 0));
		INSERT INTO t SELECT generate_series(1, 300);
		CREATE MATERIALIZED VIEW m AS SELECT public.noisy(i) FROM t;`))
	dump, _ := stored(t, dumpFile(t, database, true))
	r, job := target(t)
	var loaded restore.Loaded
	var err error
	peak := growth.Peak(func() { loaded, _, err = load(t, r, job, dump) })
	require.NoError(t, err)
	t.Logf("600 MB of warnings took %d MiB", peak/mib)
	require.Less(t, peak, int64(150*mib))
	require.Less(t, len(strings.Join(slices.Concat(loaded.Ignored, loaded.Notes), "")), 10_000)
}
