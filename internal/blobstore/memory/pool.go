package memory

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// Pool lends buffers of any size within a job's memory. Each buffer takes its
// weight of that. Returned buffers are kept for the next request of the same
// size.
type Pool struct {
	weight func(size int64) int64
	lent   *semaphore.Weighted

	mu   sync.Mutex
	kept [][]byte
}

// NewPool returns a pool of the memory, in bytes. weight returns what a buffer of a
// size takes of it.
func NewPool(bytes int64, weight func(size int64) int64) *Pool {
	return &Pool{weight: weight, lent: semaphore.NewWeighted(bytes)}
}

// Get returns a buffer. It waits until the budget has roop.
func (p *Pool) Get(ctx context.Context, size int64) ([]byte, error) {
	weight := p.weight(size)
	if err := p.lent.Acquire(ctx, weight); err != nil {
		return nil, err
	}
	if buffer := p.reuse(size); buffer != nil {
		return buffer, nil
	}
	buffer, err := allocate(int(size))
	if err != nil {
		p.lent.Release(weight)
	}
	return buffer, err
}

// reuse returns a kept buffer of the size, or nil. In the latter case it frees
// the kept buffers, since sizes only grow.
func (p *Pool) reuse(size int64) (buffer []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.kept); n > 0 && int64(cap(p.kept[n-1])) == size {
		buffer, p.kept = p.kept[n-1], p.kept[:n-1]
		return buffer
	}
	p.free()
	return nil
}

// Put returns a buffer.
func (p *Pool) Put(buffer []byte) {
	buffer = buffer[:cap(buffer)]
	p.mu.Lock()
	p.kept = append(p.kept, buffer)
	p.mu.Unlock()
	p.lent.Release(p.weight(int64(len(buffer))))
}

// Release frees the kept buffers. All buffers must have been returned.
func (p *Pool) Release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free()
}

func (p *Pool) free() {
	for _, buffer := range p.kept {
		free(buffer)
	}
	p.kept = nil
}
