package blobstore_test

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/blobstoretest"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/failure"
)

func TestStreamKeepsEveryByteInOrder(t *testing.T) {
	t.Parallel()
	c := open(t)
	for _, size := range []int64{0, 1, 8 * mib, 8*mib + 1, 40*mib - 1} {
		content := blobstoretest.NoiseBytes(t, 7, size)
		name := "dump-" + hexSum(content)[:8]
		u := blobstoretest.NewStream(t, c, name)
		require.NoError(t, u.CopyFrom(bytes.NewReader(content)))
		require.Equal(t, size, u.Run.Size())
		require.NotContains(t, names(t, c, ""), name, "staged blocks are not to be seen")

		made, err := u.Commit(t.Context(), blobstore.Meta{"job": "j"})
		require.NoError(t, err)
		require.Equal(t, size, made.Size)
		stored, stat, err := c.Get(t.Context(), name, size)
		require.NoError(t, err)
		require.True(t, bytes.Equal(content, stored))
		require.Equal(t, made.ETag, stat.ETag)
		require.Equal(t, "j", stat.Meta["job"])
		requireBlocksOf(t, content, u.Run.Blocks())
	}
}

func requireBlocksOf(t *testing.T, content []byte, blocks []blobstore.Block) {
	t.Helper()
	for _, b := range blocks {
		require.Equal(t, hexSum(content[:b.Size]), b.SHA256)
		content = content[b.Size:]
	}
	require.Empty(t, content)
}

// A reader that returns few bytes at a time must not result in small blocks.
func TestStreamFillsBlocksFromSmallReads(t *testing.T) {
	t.Parallel()
	storage := &blockCounter{sizes: map[int]int64{}}
	require.NoError(t, blobstoretest.NewStream(t, storage.open(), "dump").CopyFrom(&trickle{r: blobstoretest.Noise(1, 9*mib)}))
	require.ElementsMatch(t, []int64{8 * mib, mib}, slices.Collect(maps.Values(storage.sizes)), "blocks leave in any order")
}

type trickle struct{ r io.Reader }

func (s *trickle) Read(p []byte) (int, error) { return s.r.Read(p[:min(len(p), 64<<10)]) }

// CopyFrom returns the reader's error unchanged, even one that resembles
// io.EOF.
func TestStreamReturnsTheReadersError(t *testing.T) {
	t.Parallel()
	c := open(t)
	for _, broken := range []error{errors.New("pg_dump died"), io.ErrUnexpectedEOF} {
		u := blobstoretest.NewStream(t, c, "dump")
		err := u.CopyFrom(io.MultiReader(blobstoretest.Noise(1, 20*mib), failing{broken}))
		require.Same(t, broken, err)
	}
	require.Empty(t, names(t, c, ""))
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestCommitIsCreateOnly(t *testing.T) {
	t.Parallel()
	c := open(t)
	_, err := c.PutNew(t.Context(), "taken", []byte("mine"), nil)
	require.NoError(t, err)
	u := blobstoretest.NewStream(t, c, "taken")
	require.NoError(t, u.CopyFrom(blobstoretest.Noise(1, 100)))
	_, err = u.Commit(t.Context(), nil)
	require.ErrorIs(t, err, blobstore.ErrExists)
	content, _, err := c.Get(t.Context(), "taken", 10)
	require.NoError(t, err)
	require.Equal(t, "mine", string(content))
}

func TestCommitTwiceIsCommitOnce(t *testing.T) {
	t.Parallel()
	c := open(t)
	u := blobstoretest.NewStream(t, c, "dump")
	require.NoError(t, u.CopyFrom(blobstoretest.Noise(1, 100)))
	first, err := u.Commit(t.Context(), blobstore.Meta{"job": "j"})
	require.NoError(t, err)
	second, err := u.Commit(t.Context(), blobstore.Meta{"job": "j"})
	require.NoError(t, err)
	require.Equal(t, first.ETag, second.ETag)
	_, err = u.Commit(t.Context(), blobstore.Meta{"job": "another"})
	require.ErrorIs(t, err, blobstore.ErrExists)
}

// A rejected block ends the stream before the end of the reader.
func TestRefusedBlockEndsTheStream(t *testing.T) {
	t.Parallel()
	storage, c := openStore(t)
	storage.Inject(memblob.Fault{Ops: []memblob.Op{memblob.StageBlock}, Err: failure.New(failure.ContainerNotAccessible, "", "no role")})
	err := blobstoretest.NewStream(t, c, "dump").CopyFrom(blobstoretest.Noise(1, 1<<40))
	require.Equal(t, failure.ContainerNotAccessible, failure.CodeOf(err), err)
}

// Failed blocks, and blocks and a commit with lost answers, are resent.
func TestAStreamIsWholeAfterFaults(t *testing.T) {
	t.Parallel()
	storage, c := openStore(t)
	storage.Inject(memblob.Fault{Ops: []memblob.Op{memblob.StageBlock}, Times: 2})
	storage.Inject(memblob.Fault{Ops: []memblob.Op{memblob.StageBlock}, Times: 2, Lost: true})
	storage.Inject(memblob.Fault{Ops: []memblob.Op{memblob.CommitBlocks}, Times: 1, Lost: true})
	u := blobstoretest.NewStream(t, c, "dump")
	require.NoError(t, u.CopyFrom(blobstoretest.Noise(3, 20*mib)))
	made, err := u.Commit(t.Context(), nil)
	require.NoError(t, err)
	requireWhole(t, c, made, u.Run.Blocks(), blobstoretest.NoiseBytes(t, 3, 20*mib))
}

// Reads that end early are continued without loss.
func TestAVerificationIsWholeAfterFaults(t *testing.T) {
	t.Parallel()
	storage, c := openStore(t)
	s := store(t, c, blobstoretest.NoiseBytes(t, 1, 20*mib))
	storage.Inject(memblob.Fault{Ops: []memblob.Op{memblob.Read}, Times: 2, After: 3 * mib})
	storage.Inject(memblob.Fault{Ops: []memblob.Op{memblob.Read}, Times: 1})
	requireWhole(t, c, s.blob, s.blocks, s.content)
}

func requireWhole(t *testing.T, c *blobstore.Container, made blobstore.Blob, blocks []blobstore.Block, content []byte) {
	t.Helper()
	sum, err := c.Verify(t.Context(), made.Name, made.ETag, blocks, 0, blobstore.Checkpoint{}, blobstore.Observer{})
	require.NoError(t, err)
	require.Equal(t, hexSum(content), sum)
}
