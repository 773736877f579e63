package blobstore

import (
	"context"
	"sync/atomic"

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
	// listed is how many bytes have been written to runs.
	listed atomic.Int64
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

// Commit makes the blob of these runs, in that order. list is the hash of their
// blocks' list. See [Staging.Commit].
func (a *Assembly) Commit(ctx context.Context, runs []*Run, list string, meta Meta) (Blob, error) {
	var order []Staged
	for _, run := range runs {
		for _, staged := range run.staged {
			order = append(order, *staged)
		}
	}
	return a.staging.Commit(ctx, order, list, meta)
}

// BlocksOf returns the blocks of the runs, in that order.
func BlocksOf(runs []*Run) (blocks []Block) {
	for _, run := range runs {
		blocks = append(blocks, run.Blocks()...)
	}
	return blocks
}

// Run is one stream of an assembly. It is used by one goroutine.
type Run struct {
	assembly *Assembly
	buffer   []byte
	size     int64
	staged   []*Staged
	cutter   *cutter
}

// NewRun begins a stream.
func (a *Assembly) NewRun() *Run { return &Run{assembly: a, cutter: newCutter()} }

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
		r.cutter.write(p[:n], r.assembly.nextListed)
		p, written = p[n:], written+n
		r.size += int64(n)
		r.assembly.listed.Add(int64(n))
		if len(r.buffer) == cap(r.buffer) {
			r.send()
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

// nextListed returns the limit of a list's block that begins now.
func (a *Assembly) nextListed() int64 { return ListedSize(a.listed.Load()) }

// Cut has a block of the list begin with what is written next, so that it can be
// read and checked without what is before it.
func (r *Run) Cut() { r.cutter.cut() }

// End sends what is left of the stream on its way.
func (r *Run) End() {
	r.Cut()
	r.send()
}

func (r *Run) send() {
	content := r.buffer
	if r.buffer = nil; content == nil {
		return
	}
	staged := &Staged{}
	r.staged = append(r.staged, staged)
	a := r.assembly
	a.work.Go(func() error {
		defer a.memory.put(content)
		var err error
		*staged, err = a.staging.Stage(a.ctx, content, a.moved)
		return err
	})
}

// Discard abandons the stream. Its staged blocks are never committed.
func (r *Run) Discard() {
	if r.buffer != nil {
		r.assembly.memory.put(r.buffer)
		r.buffer = nil
	}
}

// Size is the length of the stream so far, in bytes.
func (r *Run) Size() int64 { return r.size }

// Blocks returns the blocks of the stream's list, in order, once it has ended.
func (r *Run) Blocks() []Block { return r.cutter.blocks }
