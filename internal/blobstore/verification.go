package blobstore

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"fmt"
	"hash"
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
	whole hash.Hash
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

func (c *Container) newVerification(name, etag string, blocks []Block, budget int64, from Checkpoint, o Observer) (*verification, error) {
	if budget <= 0 {
		budget = DefaultMemoryBudget
	}
	pool, err := memory.NewBuffers(chunkSize, buffersFor(budget, chunkSize))
	if err != nil {
		return nil, err
	}
	v := &verification{
		container: c, name: name, etag: etag, index: NewIndex(blocks), observer: o,
		whole: sha256.New(), large: sha256.New(), buffers: pool, order: make(chan *chunk, pool.Count()),
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
	for len(v.order) > 0 { // chunks that compare has not received
		v.buffers.Put((<-v.order).content)
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
		v.order <- c // order has room for every buffer
		work.Go(func() error {
			defer close(c.done)
			c.err = v.container.readInto(ctx, v.container.outageLimit, v.name, v.etag, c.offset, c.content, v.observer.Moved)
			if c.err == nil && !c.part {
				c.damage = v.index.check(v.name, c)
			}
			return c.err
		})
	}
	return nil
}

// compare hashes the chunks in the blob's order and reports the results.
func (v *verification) compare(ctx context.Context) error {
	for c := range v.order {
		<-c.done
		err := cmp.Or(c.err, ctx.Err())
		if err == nil {
			v.hash(c)
		}
		v.buffers.Put(c.content)
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
	both.Go(func() { v.whole.Write(c.content) })
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
	state, err := v.whole.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return fmt.Errorf("keep the state of the hash: %w", err)
	}
	v.at = Checkpoint{NextBlock: c.end, Bytes: v.index.ends[c.end-1], HashState: state}
	v.observer.Compared(v.at)
	return nil
}
