package blobstore

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// memory lends buffers of any size within a budget. Each buffer takes its
// weight of the budget. Returned buffers are kept for the next block of the
// same size.
type memory struct {
	weight func(size int64) int64
	lent   *semaphore.Weighted

	mu   sync.Mutex
	kept [][]byte
}

func newMemory(budget int64, weight func(size int64) int64) *memory {
	return &memory{weight: weight, lent: semaphore.NewWeighted(budget)}
}

// get returns a buffer. It waits until the budget has room.
func (m *memory) get(ctx context.Context, size int64) ([]byte, error) {
	weight := m.weight(size)
	if err := m.lent.Acquire(ctx, weight); err != nil {
		return nil, err
	}
	if buffer := m.reuse(size); buffer != nil {
		return buffer, nil
	}
	buffer, err := allocate(int(size))
	if err != nil {
		m.lent.Release(weight)
	}
	return buffer, err
}

// reuse returns a kept buffer of the size, or nil. In the latter case it frees
// the kept buffers, since block sizes only grow.
func (m *memory) reuse(size int64) (buffer []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.kept); n > 0 && int64(cap(m.kept[n-1])) == size {
		buffer, m.kept = m.kept[n-1], m.kept[:n-1]
		return buffer
	}
	m.free()
	return nil
}

func (m *memory) put(buffer []byte) {
	buffer = buffer[:cap(buffer)]
	m.mu.Lock()
	m.kept = append(m.kept, buffer)
	m.mu.Unlock()
	m.lent.Release(m.weight(int64(len(buffer))))
}

// release frees the kept buffers. All buffers must have been returned.
func (m *memory) release() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.free()
}

func (m *memory) free() {
	for _, buffer := range m.kept {
		free(buffer)
	}
	m.kept = nil
}
