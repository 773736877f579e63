package blobstore

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/failure"
)

// Upload stages a stream as blocks of a blob that does not exist yet. Its name
// must be its own: a commit of another upload on the same name would discard
// the blocks. It is used once.
type Upload struct {
	container *Container
	name      string
	plan      Plan

	mu     sync.Mutex
	blocks []Block
}

// NewUpload begins an upload. Nothing is sent yet.
func (c *Container) NewUpload(name string, p Plan) *Upload {
	return &Upload{container: c, name: name, plan: p}
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
	s := &staging{Upload: u, work: work, moved: moved}
	work.Go(func() error { return s.fill(workCtx, r) })
	err := work.Wait()
	s.buffers.release()
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("upload %s: %w", u.name, ctx.Err())
	}
	return err
}

// Blocks lists what was staged, in order.
func (u *Upload) Blocks() []Block {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.blocks)
}

// staging is one call of ReadFrom.
type staging struct {
	*Upload
	work    *errgroup.Group
	moved   func(int64)
	buffers *buffers
}

// fill reads block after block and has each staged beside the next.
func (s *staging) fill(ctx context.Context, r io.Reader) error {
	for index := 0; ; index++ {
		buffer, err := s.buffer(ctx, index)
		if err != nil {
			return err
		}
		n, ended, err := readFull(r, buffer)
		if err != nil || n == 0 {
			s.buffers.put(buffer)
			return err
		}
		if index == MaxBlocks {
			s.buffers.put(buffer)
			return failure.New(failure.DumpRefused, "report it: the size of the database was estimated far too low",
				"the stream is longer than the %d bytes that %d blocks hold", s.plan.Capacity(), MaxBlocks)
		}
		s.begin(ctx, index, buffer[:n])
		if ended {
			return nil
		}
	}
}

// buffer gives a free buffer of the block's size. Where the size grows, it
// waits until the smaller blocks are away, so that memory never holds both.
func (s *staging) buffer(ctx context.Context, index int) ([]byte, error) {
	size := s.plan.BlockSize(index)
	if s.buffers == nil || s.buffers.size != size {
		s.buffers.release()
		var err error
		if s.buffers, err = newBuffers(size, s.plan.Buffers(index)); err != nil {
			return nil, err
		}
	}
	return s.buffers.get(ctx)
}

func (s *staging) begin(ctx context.Context, index int, content []byte) {
	s.mu.Lock()
	s.blocks = append(s.blocks, Block{Size: int64(len(content))})
	s.mu.Unlock()
	pool := s.buffers
	s.work.Go(func() error {
		defer pool.put(content)
		return s.stage(ctx, index, content)
	})
}

func (s *staging) stage(ctx context.Context, index int, content []byte) error {
	sum, size := hashOf(content), int64(len(content))
	options := &blockblob.StageBlockOptions{TransactionalValidation: blob.TransferValidationTypeMD5(checksum(content))}
	client := s.container.blob(s.name)
	err := s.container.ride(ctx, s.container.outageLimit, size, "upload "+s.name, func(ctx context.Context) error {
		body := newBody(content)
		defer body.revoke()
		_, err := client.StageBlock(ctx, blockID(index), body, options)
		return err
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blocks[index].SHA256 = sum
	if s.moved != nil {
		s.moved(size)
	}
	return nil
}

// blockID is of one length for all blocks of a blob, as Azure demands.
func blockID(index int) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "block-%06d", index))
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
