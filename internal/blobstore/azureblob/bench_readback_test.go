package azureblob_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/blobstore/blobstoretest"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// BenchmarkReadBack compares a read-back with a plain download over as many
// connections, in pairs: from Azurite on this machine, and from Azurite behind a link
// of a rate. It reports the median and the least of the ratios of their rates, and the
// processor seconds of this process (client) and of Azurite (storage) for a GiB.
// at-equal-load is the ratio that the processor seconds allow where client and
// storage keep all processors of the machine busy.
func BenchmarkReadBack(b *testing.B) {
	const size = gib / 2
	url := localenvtest.Container(b)
	s := blobstoretest.NewStreamOf(b.Context(), openAt(b, url, azureblob.Options{}), "dump", blobstore.NewAssemblyPlan(1, size, 0))
	require.NoError(b, s.CopyFrom(blobstoretest.Noise(1, size)))
	made, err := s.Commit(b.Context(), nil)
	require.NoError(b, err)
	for _, rate := range []int64{math.MaxInt64, 400 * mib, 200 * mib} {
		name := "this-machine"
		if rate < math.MaxInt64 {
			name = fmt.Sprintf("link-of-%d-MiB-per-s", rate/mib)
		}
		b.Run(name, func(b *testing.B) {
			c := openAt(b, url, azureblob.Options{Transport: linkOf(b, rate)})
			compareReads(b, size,
				func() error { return downloadAll(b.Context(), c, made) },
				func() error {
					return c.Compare(b.Context(), made.Name, made.ETag, s.Run.Blocks(), 0, blobstore.Checkpoint{}, blobstore.Observer{})
				})
		})
	}
}

// compareReads measures two ways to read a blob of that size in turn.
func compareReads(b *testing.B, size int64, download, verify func() error) {
	plain, read := &way{do: download}, &way{do: verify}
	plain.run(b)
	read.run(b)
	*plain, *read = way{do: download}, way{do: verify}
	b.SetBytes(2 * size)
	b.ResetTimer()
	for n := range b.N {
		if n%2 == 0 {
			plain.run(b)
			read.run(b)
		} else {
			read.run(b)
			plain.run(b)
		}
	}
	ratios := make([]float64, b.N)
	for i := range ratios {
		ratios[i] = plain.seconds[i] / read.seconds[i]
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[b.N/2], "read-back/download")
	b.ReportMetric(ratios[0], "least")
	perGiB := float64(gib) / float64(size)
	b.ReportMetric(perGiB*median(plain.client), "download-client-s/GiB")
	b.ReportMetric(perGiB*median(read.client), "read-back-client-s/GiB")
	b.ReportMetric(perGiB*median(plain.storage), "download-storage-s/GiB")
	b.ReportMetric(perGiB*median(read.storage), "read-back-storage-s/GiB")
	b.ReportMetric(float64(size)/float64(mib)/slices.Min(plain.seconds), "download-best-MiB/s")
	b.ReportMetric((median(plain.client)+median(plain.storage))/(median(read.client)+median(read.storage)), "at-equal-load")
}

// way is a way to read a blob, with what each run of it took.
type way struct {
	do                       func() error
	seconds, client, storage []float64
}

func (w *way) run(b *testing.B) {
	b.Helper()
	client, storage, begun := ownTime(b), storageTime(b), time.Now()
	require.NoError(b, w.do())
	w.seconds = append(w.seconds, time.Since(begun).Seconds())
	w.client = append(w.client, (ownTime(b) - client).Seconds())
	w.storage = append(w.storage, (storageTime(b) - storage).Seconds())
}

func median(of []float64) float64 { return slices.Sorted(slices.Values(of))[len(of)/2] }

// ownTime returns the processor time of this process.
func ownTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// storageTime returns the processor time of Azurite.
func storageTime(b *testing.B) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", localenvtest.Azurite(b).PID()))
	require.NoError(b, err)
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	ticks := 0
	for _, field := range fields[11:13] { // user and system
		n, err := strconv.Atoi(field)
		require.NoError(b, err)
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100
}

// downloadAll reads a blob and compares nothing, over as many connections as a
// read-back.
func downloadAll(ctx context.Context, c *blobstore.Container, blob blobstore.Blob) error {
	const part = 8 << 20
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(int(blobstore.DefaultMemoryBudget / part))
	for offset := int64(0); offset < blob.Size; offset += part {
		group.Go(func() error {
			r, err := c.OpenRange(ctx, blob.Name, blob.ETag, offset, min(part, blob.Size-offset))
			if err != nil {
				return err
			}
			_, err = io.CopyBuffer(nowhere{}, r, make([]byte, 64<<10))
			return errors.Join(err, r.Close())
		})
	}
	return group.Wait()
}

// nowhere is like [io.Discard], whose own copies have a buffer of 8 KiB.
type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
