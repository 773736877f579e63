package memory

import (
	"context"
	"fmt"
	"sync"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/progress"
)

// Share is the memory of one job. It is safe for concurrent use.
type Share struct {
	budget *Budget
	job    Job

	mu sync.Mutex
	// bytes is the size of the share, and used what the work has asked for. The
	// first is more after an earlier run of the work needed more than was free.
	bytes, used int64
}

// Need makes sure that the share has that many bytes. It does not wait: see
// [Budget.Run].
func (s *Share) Need(bytes int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.use(max(s.used, bytes), 0)
}

// Grow adds bytes to what the work needs. It does not wait: see [Budget.Run]. If
// there is no room, the share is to be twice as large the next time, since the
// work does not know yet how much it needs in the end.
func (s *Share) Grow(bytes int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.use(s.used+bytes, min(2*s.bytes, s.budget.size))
}

// use makes sure that the share has that many bytes. next is the least size of the
// share that a further run of the work is to have.
func (s *Share) use(bytes, next int64) error {
	missing := bytes - s.bytes
	switch {
	case bytes > s.budget.size:
		return s.budget.refusal(s.job, bytes)
	case missing > 0 && !s.budget.free.TryAcquire(missing):
		return &more{max(bytes, next)}
	}
	s.used, s.bytes = bytes, max(s.bytes, bytes)
	return nil
}

// Size returns the size of the share, in bytes.
func (s *Share) Size() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes
}

// Window takes memory for the window of a decompressor, which is not part of the
// share. It waits until there is room, and returns the function that gives the
// memory back. The caller must not wait for other memory meanwhile.
func (s *Share) Window(ctx context.Context, bytes int64) (release func(), err error) {
	b, bytes := s.budget, bytes+windowCost
	if bytes > b.windowsSize {
		return nil, failure.New(failure.WorkerMemory, "Give the worker more memory: half of what its jobs share, and at most "+progress.Size(LargestWindow+windowCost)+", is for the windows of decompressors.",
			"%s needs %s of memory to decompress data, and this worker has %s for that", printable.Line(s.job.Name), progress.Size(bytes), progress.Size(b.windowsSize))
	}
	if err := b.windows.Acquire(ctx, bytes); err != nil {
		return nil, fmt.Errorf("wait for memory to decompress: %w", context.Cause(ctx))
	}
	return sync.OnceFunc(func() { b.windows.Release(bytes) }), nil
}

func (s *Share) release() { s.budget.free.Release(s.Size()) }
