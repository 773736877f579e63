package blobstore

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/failure"
)

// Assembly stages several streams concurrently as blocks of one blob. Its
// memory is bounded for any number and length of streams.
type Assembly struct {
	staging *Staging
	plan    AssemblyPlan
	memory  *memory.Pool
	work    *errgroup.Group
	ctx     context.Context
	moved   func()
	// listed is the number of bytes written to all runs.
	listed atomic.Int64
}

// NewAssembly returns an assembly of the blob with a name. Its requests end
// with ctx. It calls moved from any goroutine whenever bytes of a block are
// sent, and again if the block is resent.
func (c *Container) NewAssembly(ctx context.Context, name string, p AssemblyPlan, moved func()) *Assembly {
	work, ctx := errgroup.WithContext(ctx)
	return &Assembly{staging: c.NewStaging(name), plan: p, memory: memory.NewPool(p.budget, p.weight), work: work, ctx: ctx, moved: moved}
}

// Wait waits until the blocks of all ended runs are staged, and frees the
// memory. It must be called once, after the last write to a run.
func (a *Assembly) Wait() error {
	err := a.work.Wait()
	a.memory.Release()
	return err
}

// Commit creates the blob from the blocks of runs, in that order. list is the
// hash of the runs' block list. See [Staging.Commit].
func (a *Assembly) Commit(ctx context.Context, runs []*Run, list string, meta Meta) (Blob, error) {
	var order []Staged
	for _, run := range runs {
		for _, staged := range run.staged {
			order = append(order, *staged)
		}
	}
	return a.staging.Commit(ctx, order, list, meta)
}

// BlocksOf returns the concatenated block lists of runs.
func BlocksOf(runs []*Run) (blocks []Block) {
	for _, run := range runs {
		blocks = append(blocks, run.Blocks()...)
	}
	return blocks
}

// Run is one stream of an assembly. It is not safe for concurrent use.
type Run struct {
	assembly *Assembly
	buffer   []byte
	size     int64
	staged   []*Staged
	cutter   *cutter
}

// NewRun returns a new, empty stream of the assembly.
func (a *Assembly) NewRun() *Run { return &Run{assembly: a, cutter: newCutter()} }

// Write appends p to the stream. It returns an error after the staging of any
// block of the assembly has failed.
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

// begin takes a buffer for the next block. It waits until memory is free.
func (r *Run) begin() error {
	a := r.assembly
	index := int(a.staging.next.Load())
	if index >= 2*MaxBlocks {
		return failure.New(failure.DumpRefused, "report it: the size of the database was estimated far too low",
			"the dump takes more than the %d blocks that a blob may have", MaxBlocks)
	}
	buffer, err := a.memory.Get(a.ctx, a.plan.BlockSize(index))
	if err != nil {
		return context.Cause(a.ctx)
	}
	r.buffer = buffer[:0]
	return nil
}

// nextListed returns the size limit of the next block of a list.
func (a *Assembly) nextListed() int64 { return ListedSize(a.listed.Load()) }

// Cut ends the current block of the list. The bytes written next can therefore
// be read and checked without the bytes before them.
func (r *Run) Cut() { r.cutter.cut() }

// End ends the stream and sends its last block.
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
		defer a.memory.Put(content)
		var err error
		*staged, err = a.staging.Stage(a.ctx, content, a.moved)
		return err
	})
}

// Discard drops the stream. Its staged blocks are never committed.
func (r *Run) Discard() {
	if r.buffer != nil {
		r.assembly.memory.Put(r.buffer)
		r.buffer = nil
	}
}

// Size returns the length of the stream in bytes.
func (r *Run) Size() int64 { return r.size }

// Blocks returns the block list of an ended stream.
func (r *Run) Blocks() []Block { return r.cutter.blocks }
