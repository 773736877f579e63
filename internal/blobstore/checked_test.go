package blobstore_test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/blobstoretest"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
)

// cutUp returns a blob with short and long blocks, and the index of its list.
func cutUp(t *testing.T, c *blobstore.Container) (stored, *blobstore.Index) {
	t.Helper()
	a := c.NewAssembly(t.Context(), "dump", blobstore.NewAssemblyPlan(1, 0, 4*mib), func() {})
	run := a.NewRun()
	content := blobstoretest.NoiseBytes(t, 7, 5*mib)
	at := int64(0)
	for _, size := range []int64{100, 3*mib + 5, 1, 2000, 70_000, mib} {
		run.Cut()
		_, err := run.Write(content[at : at+size])
		require.NoError(t, err)
		at += size
	}
	run.Cut()
	run.Cut()
	_, err := run.Write(content[at:])
	require.NoError(t, err)
	run.End()
	require.NoError(t, a.Wait())
	made, err := a.Commit(t.Context(), []*blobstore.Run{run}, "list", nil)
	require.NoError(t, err)
	return stored{Container: c, blob: made, blocks: run.Blocks(), content: content}, blobstore.NewIndex(run.Blocks())
}

func TestARunCutsWhereItIsTold(t *testing.T) {
	t.Parallel()
	s, index := cutUp(t, open(t))
	var sizes []int64
	at := int64(0)
	for _, b := range s.blocks {
		sizes = append(sizes, b.Size)
		require.Equal(t, hexSum(s.content[at:at+b.Size]), b.SHA256)
		at += b.Size
	}
	rest := 5*mib - 100 - (3*mib + 5) - 1 - 2000 - 70_000 - mib
	require.Equal(t, []int64{100, mib, mib, mib, 5, 1, 2000, 70_000, mib, rest}, sizes)
	require.EqualValues(t, 5*mib, index.Size())
	requireWhole(t, s.Container, s.blob, s.blocks, s.content)
}

func TestBlocksOfAListGrowWithIt(t *testing.T) {
	t.Parallel()
	const tib = int64(1) << 40
	for listed, size := range map[int64]int64{
		0: mib, 64<<30 - 1: mib, 64 << 30: 2 * mib, 192<<30 - 1: 2 * mib, 192 << 30: 4 * mib, 448 << 30: 8 * mib, 960 << 30: 16 * mib, 100 * tib: 16 * mib,
	} {
		require.Equal(t, size, blobstore.ListedSize(listed), listed)
	}
	lines, listed := int64(0), int64(0)
	for ; listed < 24*tib/10; lines++ {
		listed += blobstore.ListedSize(listed)
	}
	require.Less(t, lines*74, 32*mib, "the list of a dump of 2.4 TiB")
}

func TestACheckedReaderReadsAnyRange(t *testing.T) {
	t.Parallel()
	s, index := cutUp(t, open(t))
	random := rand.New(rand.NewPCG(3, 4))
	ranges := [][2]int64{{0, 0}, {0, 100}, {0, 5 * mib}, {100, 3*mib + 5}, {5*mib - 1, 1}, {5 * mib, 0}}
	for range 30 {
		offset := random.Int64N(5 * mib)
		ranges = append(ranges, [2]int64{offset, random.Int64N(5*mib - offset)})
	}
	for _, r := range ranges {
		body, err := s.OpenChecked(t.Context(), "dump", s.blob.ETag, index, r[0], r[1])
		require.NoError(t, err)
		got, err := io.ReadAll(body)
		require.NoError(t, err)
		require.True(t, bytes.Equal(s.content[r[0]:r[0]+r[1]], got), r)
		require.NoError(t, body.Close())
	}
	_, err := s.OpenChecked(t.Context(), "dump", s.blob.ETag, index, 5*mib-1, 2)
	require.ErrorContains(t, err, "dump")
}

// A range on block boundaries costs no extra bytes.
func TestACheckedReaderAsksForWholeBlocks(t *testing.T) {
	t.Parallel()
	storage := &readCounter{Backend: memblob.New(time.Now, memblob.Options{})}
	s, index := cutUp(t, blobstore.New(storage, 0))
	for _, c := range []struct{ offset, count, asked int64 }{
		{100, 3*mib + 5, 3*mib + 5}, {3*mib + 105, 2001, 2001}, {101, 1, mib}, {50, 51, 100 + mib},
	} {
		storage.asked.Store(0)
		body, err := s.OpenChecked(t.Context(), "dump", s.blob.ETag, index, c.offset, c.count)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, body)
		require.NoError(t, err)
		require.NoError(t, body.Close())
		require.Equal(t, c.asked, storage.asked.Load())
	}
}

// readCounter counts the requested bytes.
type readCounter struct {
	blobstore.Backend
	asked atomic.Int64
}

func (c *readCounter) Read(ctx context.Context, name, etag string, offset, count int64) (io.ReadCloser, string, error) {
	c.asked.Add(count)
	return c.Backend.Read(ctx, name, etag, offset, count)
}

// The reader returns all bytes before a damaged block and none of the block.
func TestACheckedReaderStopsBeforeADamagedBlock(t *testing.T) {
	t.Parallel()
	s, index := cutUp(t, open(t))
	const bad = 2*mib + 100 + 12345 // in the block from 2 MiB + 100 on
	altered := bytes.Clone(s.content)
	altered[bad] ^= 0x10
	s.replace(t, altered)
	for _, offset := range []int64{0, 100, 2*mib + 50, 2*mib + 100, bad + 1} {
		body, err := s.OpenChecked(t.Context(), "dump", s.blob.ETag, index, offset, 5*mib-offset)
		require.NoError(t, err)
		got, err := io.ReadAll(body)
		require.EqualError(t, err, "block 3 of dump, 1048576 bytes from offset 2097252, is not what was dumped: its SHA-256 is "+
			hexSum(altered[2*mib+100:3*mib+100])+", not "+s.blocks[3].SHA256)
		var damage *blobstore.Damage
		require.ErrorAs(t, err, &damage)
		require.Equal(t, s.content[offset:max(offset, 2*mib+100)], append([]byte{}, got...))
		_, err = body.Read(make([]byte, 1))
		require.ErrorAs(t, err, &damage, "and nothing after it")
		require.NoError(t, body.Close())
	}
	body, err := s.OpenChecked(t.Context(), "dump", s.blob.ETag, index, 3*mib+100, 10)
	require.NoError(t, err)
	_, err = io.ReadAll(body)
	require.NoError(t, err, "what is not damaged can be read")
}
