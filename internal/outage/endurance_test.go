package outage_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/outage"
)

var start = time.Date(2026, 11, 3, 2, 0, 0, 0, time.UTC)

// Attempts on workers with a wrong clock are bounded separately from an outage,
// which only workers with a right clock can notice.
func TestAttemptsOnWorkersWithAWrongClock(t *testing.T) {
	t.Parallel()
	e := outage.Endurance{}.Begin(1, "right").Away("storage is away", start, time.Time{})
	e = e.Skewed(2, "wrong", start.Add(time.Minute))
	e = e.Skewed(3, "wrong", start.Add(2*time.Minute))
	require.Equal(t, start.Add(time.Minute), e.Off)
	require.Equal(t, 3*time.Minute, e.Lasts(start.Add(3*time.Minute)), "the outage goes on")
	require.Zero(t, e.Faults)

	e = e.Begin(4, "right")
	require.Zero(t, e.Off)
	require.Equal(t, 1, e.Skewed(5, "wrong", start).Faults, "attempt 4 has vanished")
}

func TestAnAttemptThatVanishedWithItsWorkerIsAFault(t *testing.T) {
	t.Parallel()
	first := outage.Endurance{}.Begin(1, "a")
	require.Zero(t, first.Faults)
	require.Equal(t, 1, first.Begin(2, "b").Faults, "another worker makes the next attempt")
	require.Equal(t, 1, outage.Endurance{}.Begin(2, "a").Faults, "nothing is known of the first attempt")
}

// After an outage of its own, a Temporal server gives attempts up, however
// often, while their worker is alive.
func TestAnAttemptThatTheServerGaveUpIsNoFault(t *testing.T) {
	t.Parallel()
	e := outage.Endurance{}
	for attempt := int32(1); attempt < 20; attempt++ {
		e = e.Begin(attempt, "a")
	}
	require.Zero(t, e.Faults)
	require.False(t, e.Exhausted())
}

func TestAStopIsNoFault(t *testing.T) {
	t.Parallel()
	e := outage.Endurance{}
	for attempt := int32(1); attempt < 20; attempt++ {
		e = e.Begin(attempt, "a").Stopped()
	}
	require.Equal(t, 19, e.Stops)
	require.False(t, e.Exhausted())
}

func TestFaultsExhaustAStep(t *testing.T) {
	t.Parallel()
	e := outage.Endurance{}
	for attempt := int32(1); attempt <= 8; attempt++ {
		require.False(t, e.Exhausted())
		e = e.Begin(attempt, "a").Failed("no")
	}
	require.True(t, e.Exhausted())
}

// An outage lasts from its first failure, however many attempts fail, until an
// attempt makes progress.
func TestAnOutageLastsFromItsFirstFailure(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 11, 27, 2, 0, 0, 0, time.UTC)
	e := outage.Endurance{}
	for attempt := int32(1); attempt <= 20; attempt++ {
		e = e.Begin(attempt, "a").Away("away", began.Add(time.Duration(attempt-1)*time.Minute), time.Time{})
	}
	require.Equal(t, time.Hour, e.Lasts(began.Add(time.Hour)))
	require.False(t, e.Exhausted())
	e = e.Begin(21, "a").Away("away", began.Add(2*time.Hour), began.Add(time.Hour))
	require.Zero(t, e.Lasts(began.Add(2*time.Hour)))
	require.Equal(t, 1, e.Faults)
}

func TestAStepIsOfferedToTheWorkerThatMayHaveItsWork(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)
	first := outage.Endurance{}.Begin(1, "a")
	_, offered := first.Offer(2, "a", start)
	require.False(t, offered, "it is the worker itself")
	second, offered := first.Offer(2, "b", start)
	require.True(t, offered)
	require.Zero(t, second.Begin(3, "a").Faults)
	require.Zero(t, second.Begin(7, "a").Faults, "the others have given theirs back")
	third, offered := second.Offer(3, "c", start.Add(24*time.Second))
	require.True(t, offered)
	require.Equal(t, second, third, "it need not be written again")
	fourth, offered := third.Offer(4, "b", start.Add(25*time.Second))
	require.False(t, offered, "the worker is dead")
	taken := fourth.Begin(4, "b")
	require.Equal(t, 1, taken.Faults)
	_, offered = taken.Offer(5, "c", start.Add(time.Hour))
	require.True(t, offered, "that is another worker's attempt")

	_, offered = first.Stopped().Offer(2, "b", start)
	require.False(t, offered, "a worker that has stopped leaves nothing")
	_, offered = first.Offer(3, "b", start)
	require.False(t, offered, "attempt 2 has vanished too: the worker hangs")
	_, offered = outage.Endurance{}.Offer(2, "b", start)
	require.False(t, offered, "nobody knows who made the first attempt")
}
