package parallel_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pgvault/pgvault/internal/temporalx/parallel"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func names(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("n%d", i)
	}
	return all
}

func TestEachWorksOnEightAtATime(t *testing.T) {
	t.Parallel()
	var at, most atomic.Int64
	var together sync.WaitGroup
	together.Add(parallel.AtOnce)
	done := make([]bool, 50)
	require.NoError(t, parallel.Each(t.Context(), names(50), func(_ context.Context, i int) error {
		defer at.Add(-1)
		if now := at.Add(1); now > most.Load() {
			most.Store(now)
		}
		if i < parallel.AtOnce {
			// None of the first ends before all of them have begun.
			together.Done()
			together.Wait()
		}
		done[i] = true
		return nil
	}))
	require.NotContains(t, done, false)
	require.EqualValues(t, 8, most.Load())
	require.NoError(t, parallel.Each(t.Context(), nil, nil))
}

var errBroken = errors.New("broken")

func TestEachNamesWhatFailedInOrder(t *testing.T) {
	t.Parallel()
	last := make(chan struct{})
	var done atomic.Int64
	err := parallel.Each(t.Context(), names(40), func(_ context.Context, i int) error {
		switch i {
		case 3:
			<-last // the first to be told is the last to fail
			return errBroken
		case 39:
			close(last)
			return errBroken
		}
		done.Add(1)
		return nil
	})
	require.EqualError(t, err, "n3: broken\nn39: broken")
	require.ErrorIs(t, err, errBroken)
	require.EqualValues(t, 38, done.Load(), "the others are done all the same")
}

func TestEachGivesUpWhereAllFails(t *testing.T) {
	t.Parallel()
	var tried atomic.Int64
	err := parallel.Each(t.Context(), names(1000), func(context.Context, int) error {
		tried.Add(1)
		return errBroken
	})
	require.ErrorContains(t, err, "n0: broken\n")
	require.Less(t, tried.Load(), int64(2*parallel.AtOnce+1))
	require.ErrorContains(t, err, fmt.Sprintf("%d more were not begun, since so many had failed", 1000-tried.Load()))
}

func TestEachEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	var tried atomic.Int64
	err := parallel.Each(ctx, names(1000), func(context.Context, int) error {
		tried.Add(1)
		cancel()
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Less(t, tried.Load(), int64(2*parallel.AtOnce+1))
}
