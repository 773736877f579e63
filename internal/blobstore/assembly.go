package blobstore

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/failure"
)

// Assembly stages several streams side by side, as blocks of one blob. Its
// memory is bounded, whatever the number and length of the streams.
type Assembly struct {
	staging *Staging
	plan    AssemblyPlan
	memory  *memory
	work    *errgroup.Group
	ctx     context.Context
	moved   func()
}

// NewAssembly begins an assembly under ctx. moved is called whenever bytes of a
// block go out, also of one that has to be sent again, from any goroutine.
func (c *Container) NewAssembly(ctx context.Context, name string, p AssemblyPlan, moved func()) *Assembly {
	work, ctx := errgroup.WithContext(ctx)
	return &Assembly{staging: c.NewStaging(name), plan: p, memory: newMemory(p.budget, p.weight), work: work, ctx: ctx, moved: moved}
}

// Wait waits until the blocks of all runs that have ended are staged, and gives
// the memory back. It must be called, once, when no run is written to any more.
func (a *Assembly) Wait() error {
	err := a.work.Wait()
	a.memory.release()
	return err
}

// Commit makes the blob of these blocks. See [Staging.Commit].
func (a *Assembly) Commit(ctx context.Context, order []Staged, meta Meta) (Blob, error) {
	return a.staging.Commit(ctx, order, meta)
}

// Run is one stream of an assembly. It is used by one goroutine.
type Run struct {
	assembly *Assembly
	buffer   []byte
	size     int64
	blocks   []*Staged
}

// NewRun begins a stream.
func (a *Assembly) NewRun() *Run { return &Run{assembly: a} }

// Write adds to the stream. It fails once any block of the assembly could not
// be staged.
func (r *Run) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		if r.buffer == nil {
			if err := r.begin(); err != nil {
				return written, err
			}
		}
		n := copy(r.buffer[len(r.buffer):cap(r.buffer)], p)
		r.buffer = r.buffer[:len(r.buffer)+n]
		p, written = p[n:], written+n
		r.size += int64(n)
		if len(r.buffer) == cap(r.buffer) {
			r.End()
		}
	}
	return written, nil
}

// begin waits for memory.
func (r *Run) begin() error {
	a := r.assembly
	index := int(a.staging.next.Load())
	if index >= 2*MaxBlocks {
		return failure.New(failure.DumpRefused, "report it: the size of the database was estimated far too low",
			"the dump takes more than the %d blocks that a blob may have", MaxBlocks)
	}
	buffer, err := a.memory.get(a.ctx, a.plan.BlockSize(index))
	if err != nil {
		return context.Cause(a.ctx)
	}
	r.buffer = buffer[:0]
	return nil
}

// End sends what is left of the stream on its way.
func (r *Run) End() {
	content := r.buffer
	if r.buffer = nil; content == nil {
		return
	}
	staged := &Staged{}
	r.blocks = append(r.blocks, staged)
	a := r.assembly
	a.work.Go(func() error {
		defer a.memory.put(content)
		var err error
		*staged, err = a.staging.Stage(a.ctx, content, a.moved)
		return err
	})
}

// Discard gives up the stream. What was staged of it is never committed.
func (r *Run) Discard() {
	if r.buffer != nil {
		r.assembly.memory.put(r.buffer)
		r.buffer = nil
	}
}

// Size is the length of the stream so far, in bytes.
func (r *Run) Size() int64 { return r.size }

// Blocks are the stream's, in order. They are known after [Assembly.Wait].
func (r *Run) Blocks() []Staged {
	blocks := make([]Staged, len(r.blocks))
	for i, staged := range r.blocks {
		blocks[i] = *staged
	}
	return blocks
}

// BlocksOf gives the plain blocks of a list.
func BlocksOf(order []Staged) []Block {
	blocks := make([]Block, len(order))
	for i, staged := range order {
		blocks[i] = staged.Block
	}
	return blocks
}
