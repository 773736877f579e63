package progress_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/outage"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/progress/progresstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func TestSnapshotGivesRateOfThePhase(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)}
	m := progress.NewMeter(c.now, "connect")
	m.Add(1 << 20)
	m.Phase("dump")
	c.at = c.at.Add(2 * time.Second)
	m.Add(4 << 20)
	m.Expect(10 << 20)
	require.Equal(t, progress.Snapshot{
		Phase: "dump", Done: "5.0 MiB of 10.0 MiB", Rate: "2.0 MiB/s", PerSecond: 2 << 20, Bytes: 5 << 20, Total: 10 << 20,
	}, m.Snapshot())
}

func TestAnEstimateSaysThatItIsOne(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Unix(1000, 0)}
	m := progress.NewMeter(c.now, "dump")
	_, known := m.Snapshot().Left()
	require.False(t, known)
	m.Estimate(10 << 20)
	c.at = c.at.Add(2 * time.Second)
	m.Add(4 << 20)
	require.Equal(t, "4.0 MiB of about 10.0 MiB", m.Snapshot().Done)
	left, known := m.Snapshot().Left()
	require.True(t, known)
	require.Equal(t, 3*time.Second, left)

	m.Add(8 << 20)
	require.Equal(t, "12.0 MiB", m.Snapshot().Done, "the estimate was too low")
	_, known = m.Snapshot().Left()
	require.False(t, known)
	m.Expect(24 << 20)
	require.Equal(t, "12.0 MiB of 24.0 MiB", m.Snapshot().Done)
	m.Estimate(0)
	require.Equal(t, "12.0 MiB", m.Snapshot().Done)
}

func TestWhatIsLeftIsBounded(t *testing.T) {
	t.Parallel()
	left, known := progress.Snapshot{Bytes: 1, Total: math.MaxInt64, PerSecond: 1}.Left()
	require.True(t, known)
	require.Equal(t, 1000*24*time.Hour, left)
}

func TestResumeIsNotCountedInTheRate(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Unix(1000, 0)}
	m := progress.NewMeter(c.now, "verify")
	m.Resume(1 << 30)
	c.at = c.at.Add(time.Second)
	m.Add(1 << 20)
	require.Equal(t, "1.0 MiB/s", m.Snapshot().Rate)
}

func TestIdleBeginsAtTheLastByte(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Unix(1000, 0)}
	m := progress.NewMeter(c.now, "dump")
	c.at = c.at.Add(time.Minute)
	require.Equal(t, time.Minute, m.Idle())
	m.Add(0)
	require.Equal(t, time.Minute, m.Idle(), "no bytes are no progress")
	m.Add(1)
	require.Zero(t, m.Idle())
}

func TestEachLineIsIdleByItself(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	m := progress.NewMeter(func() time.Time { return now }, "restore")
	nobody := func(context.Context) bool { return false }
	first, second := m.Line("load a", nobody), m.Line("load b", nobody)
	now = now.Add(time.Hour)
	_, err := second.Write([]byte("row"))
	require.NoError(t, err)
	require.EqualValues(t, 3, m.Bytes())
	require.Equal(t, time.Hour, m.Idle(), "the first one is still")
	first.Close()
	require.Zero(t, m.Idle())
	now = now.Add(time.Minute)
	m.Touch()
	require.Equal(t, time.Minute, m.Idle(), "what is not the line's does not count while there is one")
	second.Close()
	require.Zero(t, m.Idle())
}

func TestWorkAtTheOtherEndIsNoStall(t *testing.T) {
	t.Parallel()
	m := progress.NewMeter(time.Now, "restore")
	working := make(chan bool, 2)
	working <- true
	working <- false
	close(working) // idle from then on
	line := m.Line("make an index", func(context.Context) bool { return <-working })
	defer line.Close()
	ctx, stop := progress.Watch(t.Context(), m, 20*time.Millisecond)
	defer stop()
	<-ctx.Done()
	require.Empty(t, working, "it is asked at each limit")
	require.Equal(t, failure.TransferStalled, failure.CodeOf(context.Cause(ctx)))
	require.ErrorContains(t, context.Cause(ctx), "make an index")
}

// The server finishes its work just when it is asked, so that it reports none.
func TestWhatMovesWhileTheOtherEndIsAskedIsNoStall(t *testing.T) {
	t.Parallel()
	clock := progresstest.NewClock()
	m := progress.NewMeter(clock.Now, "restore")
	asked := make(chan struct{})
	var line *progress.Line
	line = m.Line("make an index", func(context.Context) bool {
		line.Touch()
		close(asked)
		return false
	})
	defer line.Close()
	ctx, stop := progress.Watch(t.Context(), m, 20*time.Millisecond)
	defer stop()
	clock.Pass(ctx, time.Hour)
	<-asked
	clock.Pass(ctx, time.Millisecond) // the watch checks again
	require.NoError(t, ctx.Err())
}

func TestWatchEndsWhatDoesNotMove(t *testing.T) {
	t.Parallel()
	m := progress.NewMeter(time.Now, "dump")
	ctx, stop := progress.Watch(context.Background(), m, 20*time.Millisecond)
	defer stop()
	<-ctx.Done()
	require.Equal(t, failure.TransferStalled, failure.CodeOf(context.Cause(ctx)))
}

func TestWatchStopsWithoutBlame(t *testing.T) {
	t.Parallel()
	ctx, stop := progress.Watch(context.Background(), progress.NewMeter(time.Now, "dump"), time.Hour)
	stop()
	require.ErrorIs(t, context.Cause(ctx), context.Canceled)
}

func TestSize(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1 << 40: "1.0 TiB", 3 << 50: "3.0 PiB", 2000 << 50: "2000.0 PiB"} {
		require.Equal(t, want, progress.Size(n))
	}
}

func TestTouchIsProgressThatIsNotCounted(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Unix(1000, 0)}
	m := progress.NewMeter(c.now, "dump")
	c.at = c.at.Add(time.Minute)
	m.Touch()
	require.Zero(t, m.Idle())
	require.Zero(t, m.Bytes())
}

func TestAnOutageIsNoStall(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Unix(1000, 0)}
	m := progress.NewMeter(c.now, "dump")
	line := m.Line("copy", func(context.Context) bool { return false })
	defer line.Close()
	ctx := outage.WithObserver(t.Context(), m)
	outage.Waiting(ctx, outage.Wait{For: "upload dump.dump", Since: c.at, Attempt: 2, Err: errors.New("no answer")})
	c.at = c.at.Add(time.Hour)
	require.Zero(t, m.Idle(), "an outage has a limit of its own")
	require.Equal(t, "waiting since 00:16:40 UTC to upload dump.dump, attempt 2 failed: no answer", m.Snapshot().Waiting)
	outage.Over(ctx, "upload dump.dump")
	require.Zero(t, m.Idle(), "it has just ended")
	require.Empty(t, m.Snapshot().Waiting)
	c.at = c.at.Add(time.Minute)
	require.Equal(t, time.Minute, m.Idle())
}

func TestParseSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"0B": 0, "12B": 12, "500MB": 500_000_000, "80GiB": 80 << 30, "1.5TiB": 3 << 39, "1KB": 1000} {
		size, err := progress.ParseSize(text)
		require.NoError(t, err, text)
		require.Equal(t, want, size, text)
	}
	for _, text := range []string{"", "80", "-1GB", "1gib", "1 GB", "1PB", "9999999GB", "GiB"} {
		_, err := progress.ParseSize(text)
		require.ErrorContains(t, err, "is not a size, like 80GiB", text)
	}
}
