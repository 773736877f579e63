package blobstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/failure"
)

// Upload stages a stream as blocks of a blob that does not exist yet. Its name
// should be its own: a commit of another upload on the same name discards the
// blocks. It is used once.
type Upload struct {
	staging *Staging
	plan    Plan

	mu     sync.Mutex
	staged []Staged
	blocks []Block
}

// NewUpload begins an upload. Nothing is sent yet.
func (c *Container) NewUpload(name string, p Plan) *Upload {
	return &Upload{staging: c.NewStaging(name), plan: p}
}

// ReadFrom stages all that r gives, several blocks side by side. moved is
// called with the size of each block once the storage has it, by one goroutine
// at a time.
//
// An error of r is returned as it is. When the context ends, or a block cannot
// be staged, r is closed if it is an [io.Closer]: the read of a child's pipe
// ends by that, and the child at its next write.
func (u *Upload) ReadFrom(ctx context.Context, r io.Reader, moved func(n int64)) error {
	work, workCtx := errgroup.WithContext(ctx)
	if closer, ok := r.(io.Closer); ok {
		defer context.AfterFunc(workCtx, func() { _ = closer.Close() })()
	}
	f := &filling{Upload: u, work: work, moved: moved}
	work.Go(func() error { return f.fill(workCtx, r) })
	err := work.Wait()
	f.buffers.release()
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("upload %s: %w", u.staging.name, ctx.Err())
	}
	return err
}

// Blocks lists what was staged, in order.
func (u *Upload) Blocks() []Block {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.blocks)
}

// Commit makes the staged blocks a blob, as [Staging.Commit] does.
func (u *Upload) Commit(ctx context.Context, meta Meta) (Blob, error) {
	u.mu.Lock()
	order, list := slices.Clone(u.staged), HashOf(EncodeBlocks(u.blocks))
	u.mu.Unlock()
	return u.staging.Commit(ctx, order, list, meta)
}

// filling is one call of ReadFrom.
type filling struct {
	*Upload
	work    *errgroup.Group
	moved   func(int64)
	buffers *buffers
}

// fill reads block after block and has each staged beside the next.
func (f *filling) fill(ctx context.Context, r io.Reader) error {
	for index := 0; ; index++ {
		buffer, err := f.buffer(ctx, index)
		if err != nil {
			return err
		}
		n, ended, err := readFull(r, buffer)
		if err != nil || n == 0 {
			f.buffers.put(buffer)
			return err
		}
		if index == MaxBlocks {
			f.buffers.put(buffer)
			return failure.New(failure.DumpRefused, "report it: the size of the database was estimated far too low",
				"the stream is longer than the %d bytes that %d blocks hold", f.plan.Capacity(), MaxBlocks)
		}
		f.begin(ctx, index, buffer[:n])
		if ended {
			return nil
		}
	}
}

// buffer returns a free buffer of the block's size. Where the size grows, it
// waits until the smaller blocks are away, so that memory never holds both.
func (f *filling) buffer(ctx context.Context, index int) ([]byte, error) {
	size := f.plan.BlockSize(index)
	if f.buffers == nil || f.buffers.size != size {
		f.buffers.release()
		var err error
		if f.buffers, err = newBuffers(size, f.plan.Buffers(index)); err != nil {
			return nil, err
		}
	}
	return f.buffers.get(ctx)
}

func (f *filling) begin(ctx context.Context, index int, content []byte) {
	f.mu.Lock()
	f.staged = append(f.staged, Staged{})
	f.blocks = append(f.blocks, Block{})
	f.mu.Unlock()
	pool := f.buffers
	f.work.Go(func() error {
		defer pool.put(content)
		return f.stage(ctx, index, content)
	})
}

func (f *filling) stage(ctx context.Context, index int, content []byte) error {
	staged, err := f.staging.Stage(ctx, content, unseen)
	if err != nil {
		return err
	}
	block := Block{Size: staged.Size, SHA256: HashOf(content)}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.staged[index], f.blocks[index] = staged, block
	if f.moved != nil {
		f.moved(staged.Size)
	}
	return nil
}

// readFull fills the buffer, and tells whether the stream ended. Unlike
// io.ReadFull it gives the reader's own error: a reader that says
// io.ErrUnexpectedEOF has not come to its end.
func readFull(r io.Reader, buffer []byte) (n int, ended bool, err error) {
	for n < len(buffer) && err == nil {
		var read int
		read, err = r.Read(buffer[n:])
		n += read
	}
	if errors.Is(err, io.EOF) {
		return n, true, nil
	}
	return n, false, err
}
