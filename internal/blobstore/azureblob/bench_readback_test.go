package azureblob_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/blobstoretest"
)

// BenchmarkReadBack compares a read-back with a plain download of four parts at a
// time, in pairs, and reports the median of the ratios of their rates.
func BenchmarkReadBack(b *testing.B) {
	const size = gib / 2
	c := open(b)
	s := blobstoretest.NewStreamOf(b.Context(), c, "dump", blobstore.NewAssemblyPlan(1, size, 0))
	require.NoError(b, s.CopyFrom(blobstoretest.Noise(1, size)))
	made, err := s.Commit(b.Context(), nil)
	require.NoError(b, err)
	download := func() time.Duration {
		begun := time.Now()
		require.NoError(b, downloadAll(b.Context(), c, made))
		return time.Since(begun)
	}
	verify := func() time.Duration {
		begun := time.Now()
		require.NoError(b, c.Compare(b.Context(), made.Name, made.ETag, s.Run.Blocks(), 0, blobstore.Checkpoint{}, blobstore.Observer{}))
		return time.Since(begun)
	}
	download()
	verify()
	b.SetBytes(2 * size)
	b.ResetTimer()
	var ratios []float64
	for n := range b.N {
		var plain, read time.Duration
		if n%2 == 0 {
			plain, read = download(), verify()
		} else {
			read, plain = verify(), download()
		}
		ratios = append(ratios, plain.Seconds()/read.Seconds())
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "read-back/download")
	b.ReportMetric(ratios[0], "least")
}

// downloadAll reads a blob and compares nothing.
func downloadAll(ctx context.Context, c *blobstore.Container, blob blobstore.Blob) error {
	const part = 8 << 20
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for offset := int64(0); offset < blob.Size; offset += part {
		group.Go(func() error {
			r, err := c.OpenRange(ctx, blob.Name, blob.ETag, offset, min(part, blob.Size-offset))
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, r)
			return errors.Join(err, r.Close())
		})
	}
	return group.Wait()
}
