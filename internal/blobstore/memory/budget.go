package memory

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/semaphore"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/progress"
)

const mib = 1 << 20

const (
	// LargestWindow is the largest window of a compressed stream that is read, in
	// bytes: that of zstd's level 22 and of its "long" mode.
	LargestWindow = 128 * mib
	// windowCost is the memory of a decompressor besides its window, in bytes.
	windowCost = 2 * mib
)

// Budget is the memory that the jobs of a worker share. It is safe for concurrent
// use.
type Budget struct {
	size, windowsSize int64
	free, windows     *semaphore.Weighted
}

// NewBudget returns a budget of that many bytes. Up to half of it is for the
// windows of decompressors: as much as the largest window takes.
func NewBudget(bytes int64) *Budget {
	windows := min(LargestWindow+windowCost, bytes/2)
	b := &Budget{size: bytes - windows, windowsSize: windows}
	b.free, b.windows = semaphore.NewWeighted(b.size), semaphore.NewWeighted(b.windowsSize)
	return b
}

// Size returns what all jobs together can have without windows, in bytes.
func (b *Budget) Size() int64 { return b.size }

// Job is a job that needs memory.
type Job struct {
	// Name names what is done, such as `the dump of database "shop"`.
	Name string
	// Remedy, if not empty, is another remedy than more memory, as a sentence.
	Remedy string
	// Meter, if not nil, shows that the job waits.
	Meter *progress.Meter
}

// more is returned by a job that needs more memory than is free.
type more struct{ bytes int64 }

func (m *more) Error() string { return fmt.Sprintf("the job needs %d bytes of memory", m.bytes) }

// Run does the work of a job with a share of the memory, at first of that many
// bytes. If the work needs more than is free, it must return the error of
// [Share.Need] or [Share.Grow] and must have freed what it took. Run then waits
// until all that the work needs is free, and does it again.
func (b *Budget) Run(ctx context.Context, job Job, bytes int64, work func(context.Context, *Share) error) error {
	for size := bytes; ; {
		share, err := b.take(ctx, job, size)
		if err != nil {
			return err
		}
		share.used = bytes
		err = work(ctx, share)
		share.release()
		var needs *more
		if !errors.As(err, &needs) {
			return err
		}
		size = needs.bytes
	}
}

// take returns a share. It waits until there is room.
func (b *Budget) take(ctx context.Context, job Job, bytes int64) (*Share, error) {
	if bytes > b.size {
		return nil, b.refusal(job, bytes)
	}
	if !b.free.TryAcquire(bytes) {
		if err := b.wait(ctx, job, bytes); err != nil {
			return nil, err
		}
	}
	return &Share{budget: b, job: job, bytes: bytes}, nil
}

// waiting is the phase of a job that waits for memory.
const waiting = "wait for memory"

// wait waits until there is room. The wait is a phase of the job.
func (b *Budget) wait(ctx context.Context, job Job, bytes int64) error {
	if job.Meter != nil {
		before := job.Meter.Snapshot().Phase
		defer func() { job.Meter.Phase(before) }()
		job.Meter.Phase(waiting)
		line := job.Meter.Line(waiting, func(context.Context) bool { return true })
		defer line.Close()
	}
	if err := b.free.Acquire(ctx, bytes); err != nil {
		return fmt.Errorf("wait for memory for %s: %w", job.Name, context.Cause(ctx))
	}
	return nil
}

// refusal returns the error of a job that has no room even alone.
func (b *Budget) refusal(job Job, bytes int64) error {
	action := fmt.Sprintf("Give the worker more memory: its jobs share half of its cgroup's limit, or two thirds of GOMEMLIMIT, and %s of that are for the windows of decompressors.", progress.Size(b.windowsSize))
	if job.Remedy != "" {
		action += " " + job.Remedy
	}
	return failure.New(failure.WorkerMemory, action, "%s needs %s of memory, and all jobs of this worker share %s",
		printable.Line(job.Name), progress.Size(bytes), progress.Size(b.size))
}
