package memory_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/progress"
)

const mib = 1 << 20

// budget has 100 MiB for jobs, and 100 MiB for windows.
func budget() *memory.Budget { return memory.NewBudget(200 * mib) }

func job() memory.Job {
	return memory.Job{Name: `the dump of database "shop"`, Remedy: "Or do less.", Meter: progress.NewMeter(time.Now, "connect")}
}

func TestAJobThatNeverHasRoomIsRefused(t *testing.T) {
	t.Parallel()
	b := budget()
	unwanted := func(context.Context, *memory.Share) error { return errors.New("the work was begun") }
	refused := func(err error) {
		t.Helper()
		require.Equal(t, failure.WorkerMemory, failure.CodeOf(err))
		require.ErrorContains(t, err, `the dump of database "shop" needs 101.0 MiB of memory, and all jobs of this worker share 100.0 MiB`)
		require.ErrorContains(t, err, "GOMEMLIMIT")
		require.ErrorContains(t, err, "Or do less.")
	}
	refused(b.Run(t.Context(), job(), 101*mib, unwanted))
	refused(b.Run(t.Context(), job(), mib, func(_ context.Context, s *memory.Share) error { return s.Need(101 * mib) }))
	refused(b.Run(t.Context(), job(), mib, func(_ context.Context, s *memory.Share) error { return s.Grow(100 * mib) }))
	require.NoError(t, b.Run(t.Context(), job(), 100*mib, func(context.Context, *memory.Share) error { return nil }))
}

// A job that waits says so, and ends with its context.
func TestAJobWaitsForOthers(t *testing.T) {
	t.Parallel()
	b := budget()
	waits, ctx := job(), t.Context()
	err := b.Run(ctx, job(), 60*mib, func(ctx context.Context, _ *memory.Share) error {
		ctx, cancel := context.WithCancelCause(ctx)
		ended := errors.New("the job was cancelled")
		result := make(chan error)
		go func() {
			result <- b.Run(ctx, waits, 60*mib, func(context.Context, *memory.Share) error { return errors.New("there was no room") })
		}()
		require.Eventually(t, func() bool { return waits.Meter.Snapshot().Phase == "wait for memory" }, time.Minute, time.Millisecond)
		cancel(ended)
		require.ErrorIs(t, <-result, ended)
		return nil
	})
	require.NoError(t, err)
	require.NoError(t, b.Run(ctx, waits, 100*mib, func(context.Context, *memory.Share) error { return nil }))
	require.Equal(t, "connect", waits.Meter.Snapshot().Phase)
}

// Two jobs that each have half and need more would wait for each other forever.
func TestJobsThatGrowDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	b := budget()
	var both sync.WaitGroup
	both.Add(2)
	var runs atomic.Int64
	grow := func(_ context.Context, s *memory.Share) error {
		if runs.Add(1) <= 2 {
			both.Done()
			both.Wait()
		}
		if err := s.Grow(30 * mib); err != nil {
			return err
		}
		require.GreaterOrEqual(t, s.Size(), int64(80*mib))
		return nil
	}
	var group errgroup.Group
	for range 2 {
		group.Go(func() error { return b.Run(t.Context(), job(), 50*mib, grow) })
	}
	require.NoError(t, group.Wait())
	require.GreaterOrEqual(t, runs.Load(), int64(3))
}

// Whatever jobs ask for, they never have more than the budget, and all end.
func TestJobsKeepWithinTheBudget(t *testing.T) {
	t.Parallel()
	b := budget()
	var had, most, windows, mostWindows atomic.Int64
	record := func(sum, most *atomic.Int64, n int64) {
		now := sum.Add(n)
		for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
		}
	}
	var group errgroup.Group
	for i := range uint64(32) {
		group.Go(func() error {
			random := rand.New(rand.NewPCG(1, i))
			for range 50 {
				err := b.Run(t.Context(), job(), random.Int64N(60*mib), func(ctx context.Context, s *memory.Share) error {
					if err := s.Grow(random.Int64N(10 * mib)); err != nil {
						return err
					}
					record(&had, &most, s.Size())
					defer had.Add(-s.Size())
					bytes := random.Int64N(50 * mib)
					release, err := s.Window(ctx, bytes)
					if err != nil {
						return err
					}
					record(&windows, &mostWindows, bytes)
					windows.Add(-bytes)
					release()
					return nil
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
	require.LessOrEqual(t, most.Load(), int64(100*mib))
	require.LessOrEqual(t, mostWindows.Load(), int64(100*mib))
}

func TestAWindowThatIsTooLargeIsRefused(t *testing.T) {
	t.Parallel()
	err := budget().Run(t.Context(), job(), 0, func(ctx context.Context, s *memory.Share) error {
		_, err := s.Window(ctx, 100*mib)
		return err
	})
	require.Equal(t, failure.WorkerMemory, failure.CodeOf(err))
	require.ErrorContains(t, err, "decompress")
}
