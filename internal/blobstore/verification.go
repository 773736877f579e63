package blobstore

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/blobstore/memory"
)

// verification is the state of one call of [Container.Verify].
type verification struct {
	container  *Container
	name, etag string
	index      *Index
	observer   Observer

	at    Checkpoint
	whole resumable
	// large is the hash of a block that is larger than a chunk.
	large   hash.Hash
	buffers *memory.Buffers
	// order holds the requested chunks in the blob's order.
	order chan *chunk
}

// chunk is the range that one request reads: whole blocks or a part of one.
type chunk struct {
	// The chunk completes the blocks from first up to end, exclusive. Only the last
	// part of a block completes it.
	first, end int
	part       bool
	offset     int64 // in the blob, in bytes
	length     int64
	content    []byte
	done       chan struct{}
	// damage and err are valid after done is closed.
	damage []*Damage
	err    error
}

// resumable is the hash of the whole blob.
type resumable interface {
	io.Writer
	Reset()
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
}

// noHash computes no hash. Its state is empty.
type noHash struct{}

func (noHash) Write(p []byte) (int, error)    { return len(p), nil }
func (noHash) Reset()                         {}
func (noHash) MarshalBinary() ([]byte, error) { return nil, nil }
func (noHash) UnmarshalBinary([]byte) error   { return nil }

// ahead is the number of chunks that may be read while an earlier one is awaited.
const ahead = 64

func (c *Container) newVerification(name, etag string, blocks []Block, budget int64, whole resumable, from Checkpoint, o Observer) (*verification, error) {
	if budget <= 0 {
		budget = DefaultMemoryBudget
	}
	pool, err := memory.NewBuffers(chunkSize, buffersFor(budget, chunkSize))
	if err != nil {
		return nil, err
	}
	v := &verification{
		container: c, name: name, etag: etag, index: NewIndex(blocks), observer: o,
		whole: whole, large: sha256.New(), buffers: pool, order: make(chan *chunk, ahead),
	}
	if fits(from, blocks) && v.whole.UnmarshalBinary(from.HashState) == nil {
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
	for len(v.order) > 0 { // chunks that compare has not received
		v.release(<-v.order)
	}
	v.buffers.Release()
	return err
}

// request reads the chunks in order, one for each buffer at a time.
func (v *verification) request(ctx context.Context, work *errgroup.Group) error {
	defer close(v.order)
	for next, offset := v.at.NextBlock, v.at.Bytes; offset < v.index.Size(); {
		buffer, err := v.buffers.Get(ctx)
		if err != nil {
			return err
		}
		c := v.index.chunk(next, offset)
		c.content, c.done = buffer[:c.length], make(chan struct{})
		next, offset = c.end, offset+c.length
		select {
		case v.order <- c:
		case <-ctx.Done():
			v.release(c)
			return ctx.Err()
		}
		work.Go(func() error {
			defer close(c.done)
			c.err = v.read(ctx, c)
			return c.err
		})
	}
	return nil
}

// read reads a chunk, and compares its blocks if they are whole. Without a hash of the
// whole blob, nothing needs the content in order: it is compared as it arrives, and its
// buffer returns to the pool before those of the chunks in front of it, so that one
// slow request delays no other.
func (v *verification) read(ctx context.Context, c *chunk) error {
	if _, none := v.whole.(noHash); none && !c.part {
		defer v.release(c)
		return v.compareArriving(ctx, c)
	}
	err := v.container.readInto(ctx, v.container.outageLimit, v.name, v.etag, c.offset, c.content, v.observer.Moved)
	if err == nil && !c.part {
		c.damage = v.index.check(v.name, c)
	}
	return err
}

// release returns the buffer of a chunk to the pool, if it has one.
func (v *verification) release(c *chunk) {
	if c.content != nil {
		v.buffers.Put(c.content)
		c.content = nil
	}
}

// compare hashes the chunks in the blob's order and reports the results.
func (v *verification) compare(ctx context.Context) error {
	for c := range v.order {
		<-c.done
		err := cmp.Or(c.err, ctx.Err())
		if err == nil {
			v.hash(c)
		}
		v.release(c)
		if err == nil && c.end > c.first {
			err = v.passed(c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// hash adds a chunk to the hash of the blob and, concurrently, a part of a
// block to the hash of the block.
func (v *verification) hash(c *chunk) {
	var both sync.WaitGroup
	both.Go(func() { _, _ = v.whole.Write(c.content) }) // a hash never fails
	if c.part {
		v.large.Write(c.content)
	}
	both.Wait()
	if c.part && c.end > c.first {
		if d := v.index.damage(v.name, c.first, hex.EncodeToString(v.large.Sum(nil))); d != nil {
			c.damage = append(c.damage, d)
		}
		v.large.Reset()
	}
}

// passed reports the damage and the progress after a chunk.
func (v *verification) passed(c *chunk) error {
	for _, d := range c.damage {
		if v.observer.Differs == nil {
			return d
		}
		v.observer.Differs(d.Offset, d.Size)
	}
	state, err := v.whole.MarshalBinary()
	if err != nil {
		return fmt.Errorf("keep the state of the hash: %w", err)
	}
	v.at = Checkpoint{NextBlock: c.end, Bytes: v.index.ends[c.end-1], HashState: state}
	v.observer.Compared(v.at)
	return nil
}
