package blobstore_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/blobstoretest"
	"github.com/pgvault/pgvault/internal/failure"
)

// stored is a committed upload of several blocks.
type stored struct {
	*blobstore.Container
	blob    blobstore.Blob
	blocks  []blobstore.Block
	content []byte
}

func store(t *testing.T, c *blobstore.Container, content []byte) stored {
	t.Helper()
	s := blobstoretest.NewStream(t, c, "dump")
	require.NoError(t, s.CopyFrom(bytes.NewReader(content)))
	made, err := s.Commit(t.Context(), nil)
	require.NoError(t, err)
	return stored{Container: c, blob: made, blocks: largeBlocks(content), content: content}
}

// largeBlocks returns a list of content with blocks of 8 MiB. An assembly's
// blocks are smaller.
func largeBlocks(content []byte) (blocks []blobstore.Block) {
	for part := range slices.Chunk(content, 8<<20) {
		blocks = append(blocks, blobstore.Block{Size: int64(len(part)), SHA256: hexSum(part)})
	}
	return blocks
}

func (s stored) verify(ctx context.Context, from blobstore.Checkpoint, progress func(blobstore.Checkpoint)) (string, error) {
	return s.Verify(ctx, s.blob.Name, s.blob.ETag, s.blocks, 0, from, blobstore.Observer{Compared: progress})
}

func TestVerifyGoesOnFromACheckpoint(t *testing.T) {
	t.Parallel()
	s := store(t, open(t), blobstoretest.NoiseBytes(t, 1, 36*mib))
	var seen []blobstore.Checkpoint
	sum, err := s.verify(t.Context(), blobstore.Checkpoint{}, func(c blobstore.Checkpoint) { seen = append(seen, c) })
	require.NoError(t, err)
	require.Equal(t, hexSum(s.content), sum)
	require.Len(t, seen, 5)
	require.EqualValues(t, 36*mib, seen[4].Bytes)
	for _, from := range seen {
		heartbeat, err := json.Marshal(from)
		require.NoError(t, err)
		var back blobstore.Checkpoint
		require.NoError(t, json.Unmarshal(heartbeat, &back))
		blocks := 0
		again, err := s.verify(t.Context(), back, func(blobstore.Checkpoint) { blocks++ })
		require.NoError(t, err)
		require.Equal(t, sum, again)
		require.Equal(t, 5-from.NextBlock, blocks, "what was verified is not read again")
	}
}

// A checkpoint of another blob or of another version of this program is
// ignored.
func TestVerifyBeginsAnewWhereTheCheckpointDoesNotFit(t *testing.T) {
	t.Parallel()
	s := store(t, open(t), blobstoretest.NoiseBytes(t, 1, 17*mib))
	var good blobstore.Checkpoint
	_, err := s.verify(t.Context(), blobstore.Checkpoint{}, func(c blobstore.Checkpoint) { good = c })
	require.NoError(t, err)
	for name, from := range map[string]blobstore.Checkpoint{
		"other size":   {NextBlock: 1, Bytes: 5, HashState: good.HashState},
		"beyond":       {NextBlock: 9, Bytes: good.Bytes, HashState: good.HashState},
		"negative":     {NextBlock: -1, HashState: good.HashState},
		"no hash":      {NextBlock: 1, Bytes: 8 * mib},
		"damaged hash": {NextBlock: 1, Bytes: 8 * mib, HashState: []byte("sha\x03 but not really")},
	} {
		sum, err := s.verify(t.Context(), from, nil)
		require.NoError(t, err, name)
		require.Equal(t, hexSum(s.content), sum, name)
	}
}

// Blocks of a comparison may arrive in any order. It goes on from a checkpoint without
// the state of a hash, and names the same damage.
func TestCompareGoesOnFromACheckpoint(t *testing.T) {
	t.Parallel()
	s := store(t, open(t), blobstoretest.NoiseBytes(t, 1, 36*mib))
	altered := bytes.Clone(s.content)
	altered[30*mib] ^= 1
	s.replace(t, altered)
	compare := func(from blobstore.Checkpoint) (seen []blobstore.Checkpoint, damaged []int64) {
		require.NoError(t, s.Compare(t.Context(), s.blob.Name, s.blob.ETag, s.blocks, 0, from, blobstore.Observer{
			Compared: func(c blobstore.Checkpoint) { seen = append(seen, c) },
			Differs:  func(offset, _ int64) { damaged = append(damaged, offset) },
		}))
		return seen, damaged
	}
	seen, damaged := compare(blobstore.Checkpoint{})
	require.Len(t, seen, 5)
	require.Equal(t, []int64{24 * mib}, damaged)
	for n, from := range seen {
		require.Equal(t, blobstore.Checkpoint{NextBlock: n + 1, Bytes: min(int64(n+1)*8*mib, 36*mib)}, from)
		again, damaged := compare(from)
		require.Len(t, again, 4-n)
		require.Equal(t, from.NextBlock < 4, len(damaged) == 1)
	}
	err := s.Compare(t.Context(), s.blob.Name, s.blob.ETag, s.blocks, 0, blobstore.Checkpoint{}, blobstore.Observer{})
	require.ErrorContains(t, err, "block 3 of dump, 8388608 bytes from offset 25165824")
}

func TestVerifyFindsAnAlteredBlock(t *testing.T) {
	t.Parallel()
	s := store(t, open(t), blobstoretest.NoiseBytes(t, 1, 20*mib))
	altered := bytes.Clone(s.content)
	altered[8*mib+12345] ^= 1
	s.replace(t, altered)
	_, err := s.verify(t.Context(), blobstore.Checkpoint{}, nil)
	require.Equal(t, failure.VerificationFailed, failure.CodeOf(err), err)
	require.ErrorContains(t, err, "block 1 of dump, 8388608 bytes from offset 8388608")
	require.False(t, failure.CodeOf(err).Retryable())
}

func TestVerifyFindsMissingAndExtraBytes(t *testing.T) {
	t.Parallel()
	s := store(t, open(t), blobstoretest.NoiseBytes(t, 1, 9*mib))
	for _, content := range [][]byte{s.content[:9*mib-1], append(bytes.Clone(s.content), 0), {}} {
		s.replace(t, content)
		_, err := s.verify(t.Context(), blobstore.Checkpoint{}, nil)
		require.Equal(t, failure.VerificationFailed, failure.CodeOf(err), err)
		require.ErrorContains(t, err, "were dumped")
	}
}

// Equal bytes with another ETag mean that another writer has written the blob.
func TestVerifyFindsAnotherBlob(t *testing.T) {
	t.Parallel()
	s := store(t, open(t), blobstoretest.NoiseBytes(t, 1, mib))
	before := s.blob.ETag
	s.replace(t, s.content)
	_, err := s.Verify(t.Context(), "dump", before, s.blocks, 0, blobstore.Checkpoint{}, blobstore.Observer{})
	require.Equal(t, failure.VerificationFailed, failure.CodeOf(err), err)
	require.NoError(t, s.Delete(t.Context(), "dump"))
	_, err = s.verify(t.Context(), blobstore.Checkpoint{}, nil)
	require.Equal(t, failure.VerificationFailed, failure.CodeOf(err), err)
}

func TestVerifyOfNothing(t *testing.T) {
	t.Parallel()
	s := store(t, open(t), nil)
	sum, err := s.verify(t.Context(), blobstore.Checkpoint{}, nil)
	require.NoError(t, err)
	require.Equal(t, hexSum(nil), sum)
}

func TestCancelEndsAVerificationAtOnce(t *testing.T) {
	t.Parallel()
	s := store(t, open(t), blobstoretest.NoiseBytes(t, 1, 40*mib))
	ctx, cancel := context.WithCancel(t.Context())
	blocks := 0
	_, err := s.verify(ctx, blobstore.Checkpoint{}, func(blobstore.Checkpoint) { blocks++; cancel() })
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 1, blocks)
}

func TestReaderOfARange(t *testing.T) {
	t.Parallel()
	s := store(t, open(t), blobstoretest.NoiseBytes(t, 1, mib))
	r, err := s.OpenRange(t.Context(), "dump", s.blob.ETag, 1000, 500)
	require.NoError(t, err)
	got, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, s.content[1000:1500], got)
	require.NoError(t, r.Close())
	_, err = s.OpenRange(t.Context(), "dump", "0xOTHER", 0, 1)
	require.ErrorIs(t, err, blobstore.ErrChanged)
	_, err = s.OpenRange(t.Context(), "absent", "", 0, 1)
	require.ErrorIs(t, err, blobstore.ErrNotFound)
}

func TestBlockListsRoundTrip(t *testing.T) {
	t.Parallel()
	blocks := []blobstore.Block{{Size: 8 * mib, SHA256: hexSum([]byte("a"))}, {Size: 1, SHA256: hexSum([]byte("b"))}}
	back, err := blobstore.DecodeBlocks(blobstore.EncodeBlocks(blocks))
	require.NoError(t, err)
	require.Equal(t, blocks, back)
	none, err := blobstore.DecodeBlocks(nil)
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestBlockListsAreReadStrictly(t *testing.T) {
	t.Parallel()
	sum := hexSum(nil)
	for name, text := range map[string]string{
		"no end":      "1 " + sum,
		"cut off":     "1 " + sum[:63] + "\n",
		"upper case":  "1 " + strings.ToUpper(sum) + "\n",
		"no size":     sum + "\n",
		"zero":        "0 " + sum + "\n",
		"negative":    "-1 " + sum + "\n",
		"zero padded": "01 " + sum + "\n",
		"too large":   "4194304001 " + sum + "\n",
		"windows":     "1 " + sum + "\r\n",
		"empty line":  "\n",
		"plus":        "+1 " + sum + "\n",
		"two spaces":  "1  " + sum + "\n",
		"more":        "1 " + sum + " \n",
		"too many":    strings.Repeat("1 "+sum+"\n", blobstore.MaxListSize/67+1),
	} {
		_, err := blobstore.DecodeBlocks([]byte(text))
		require.Error(t, err, name)
	}
}

// replace overwrites the blob with other content and expects its new ETag.
func (s *stored) replace(t *testing.T, content []byte) {
	t.Helper()
	made, err := s.Put(t.Context(), s.blob.Name, content, nil)
	require.NoError(t, err)
	s.blob = made
}
