package blobstore

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/failure"
)

// chunkSize is what one request of a verification reads. It is not the block's
// size, so that memory is the same for blocks of any size.
const chunkSize = 8 * mib

// Checkpoint is how far a verification has come; the zero value is its beginning.
type Checkpoint struct {
	// NextBlock is the index of the first block not compared yet, Bytes its offset.
	NextBlock int   `json:"nextBlock"`
	Bytes     int64 `json:"bytes"`
	// HashState is the state of the whole blob's SHA-256.
	HashState []byte `json:"hashState,omitempty"`
}

// Observer is told how a verification goes. Each function may be nil.
type Observer struct {
	// Compared is called after each block.
	Compared func(Checkpoint)
	// Differs is called for each block that is not what was staged, before Compared.
	// With it the verification goes on to the end; without it, it fails there.
	Differs func(offset, size int64)
	// Moved is called whenever bytes come, from any goroutine.
	Moved func()
}

func (o Observer) orNone() Observer {
	if o.Compared == nil {
		o.Compared = func(Checkpoint) {}
	}
	if o.Moved == nil {
		o.Moved = unseen
	}
	return o
}

// Verify reads the blob with that ETag, several parts side by side within the
// memory budget, compares each block with what was staged, and gives the
// SHA-256 of the whole. It begins at the checkpoint, or anew if that does not
// fit the blocks.
//
// Bytes that differ, are missing or are too many are a failure with
// [failure.VerificationFailed].
func (c *Container) Verify(ctx context.Context, name, etag string, blocks []Block, budget int64, from Checkpoint, o Observer) (sha256hex string, err error) {
	if err := c.checkWhole(ctx, name, etag, blocks); err != nil {
		return "", err
	}
	v, err := c.newVerification(name, etag, blocks, budget, from, o.orNone())
	if err != nil {
		return "", err
	}
	if err := v.run(ctx); err != nil {
		return "", broken(name, err)
	}
	return hex.EncodeToString(v.whole.Sum(nil)), nil
}

// checkWhole looks for what needs no reading.
func (c *Container) checkWhole(ctx context.Context, name, etag string, blocks []Block) error {
	there, err := c.Stat(ctx, name)
	switch {
	case err != nil:
		return broken(name, err)
	case there.Size != TotalSize(blocks):
		return mismatch("%s has %d bytes, and %d were dumped", name, there.Size, TotalSize(blocks))
	case there.ETag != etag:
		return mismatch("%s is not the blob that was dumped: its ETag is %s, not %s", name, there.ETag, etag)
	}
	return nil
}

func mismatch(format string, args ...any) error {
	return failure.New(failure.VerificationFailed,
		"take the backup again; nothing of this attempt has become a recovery point", format, args...)
}

// broken gives a blob that is gone or changed its code; no retry mends it.
func broken(name string, err error) error {
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrChanged) {
		return failure.Wrap(err, failure.VerificationFailed,
			"find out who else writes to the container", "%s is not what was dumped any more", name)
	}
	return err
}

type verification struct {
	container  *Container
	name, etag string
	blocks     []Block
	observer   Observer

	at      Checkpoint
	whole   hash.Hash
	block   hash.Hash
	buffers *buffers
	// order holds the chunks in the blob's order, read or on their way.
	order chan *chunk
}

// chunk is a part of one block.
type chunk struct {
	block   int
	offset  int64 // in the blob
	last    bool  // of its block
	content []byte
	done    chan struct{}
	err     error // valid once done
}

func (c *Container) newVerification(name, etag string, blocks []Block, budget int64, from Checkpoint, o Observer) (*verification, error) {
	if budget <= 0 {
		budget = DefaultMemoryBudget
	}
	pool, err := newBuffers(chunkSize, buffersFor(budget, chunkSize))
	if err != nil {
		return nil, err
	}
	v := &verification{
		container: c, name: name, etag: etag, blocks: blocks, observer: o,
		whole: sha256.New(), block: sha256.New(), buffers: pool, order: make(chan *chunk, pool.count),
	}
	if fits(from, blocks) && v.whole.(encoding.BinaryUnmarshaler).UnmarshalBinary(from.HashState) == nil {
		v.at = from
	} else {
		v.whole.Reset()
	}
	return v, nil
}

func fits(from Checkpoint, blocks []Block) bool {
	return from.NextBlock > 0 && from.NextBlock <= len(blocks) && TotalSize(blocks[:from.NextBlock]) == from.Bytes
}

func (v *verification) run(ctx context.Context) error {
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { return v.request(ctx, work) })
	work.Go(func() error { return v.compare(ctx) })
	err := work.Wait()
	for len(v.order) > 0 { // chunks that nobody came to compare
		v.buffers.put((<-v.order).content)
	}
	v.buffers.release()
	return err
}

// request has the chunks read, in order and as many at a time as there are buffers.
func (v *verification) request(ctx context.Context, work *errgroup.Group) error {
	defer close(v.order)
	offset := v.at.Bytes
	for block := v.at.NextBlock; block < len(v.blocks); block++ {
		for left := v.blocks[block].Size; left > 0; {
			buffer, err := v.buffers.get(ctx)
			if err != nil {
				return err
			}
			n := min(left, chunkSize)
			left -= n
			part := &chunk{block: block, offset: offset, last: left == 0, content: buffer[:n], done: make(chan struct{})}
			offset += n
			v.order <- part // there is room for every buffer
			work.Go(func() error {
				defer close(part.done)
				part.err = v.container.readInto(ctx, v.container.outageLimit, v.name, v.etag, part.offset, part.content, v.observer.Moved)
				return part.err
			})
		}
	}
	return nil
}

// compare hashes the chunks as they come, in order.
func (v *verification) compare(ctx context.Context) error {
	for part := range v.order {
		<-part.done
		if err := cmp.Or(part.err, ctx.Err()); err != nil {
			v.buffers.put(part.content)
			return err
		}
		v.hash(part.content)
		v.buffers.put(part.content)
		if part.last {
			if err := v.end(part); err != nil {
				return err
			}
		}
	}
	return nil
}

// hash feeds block and whole at the same time, on two cores.
func (v *verification) hash(content []byte) {
	var both sync.WaitGroup
	both.Go(func() { v.whole.Write(content) })
	v.block.Write(content)
	both.Wait()
}

// end compares a block that was read to its end.
func (v *verification) end(part *chunk) error {
	expected, found := v.blocks[part.block], hex.EncodeToString(v.block.Sum(nil))
	switch {
	case found == expected.SHA256:
	case v.observer.Differs != nil:
		v.observer.Differs(v.at.Bytes, expected.Size)
	default:
		return mismatch("block %d of %s, %d bytes from offset %d, is not what was dumped: its SHA-256 is %s, not %s",
			part.block, v.name, expected.Size, v.at.Bytes, found, expected.SHA256)
	}
	v.block.Reset()
	state, err := v.whole.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return fmt.Errorf("keep the state of the hash: %w", err)
	}
	v.at = Checkpoint{NextBlock: part.block + 1, Bytes: v.at.Bytes + expected.Size, HashState: state}
	v.observer.Compared(v.at)
	return nil
}
