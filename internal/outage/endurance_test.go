package outage_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/outage"
)

var start = time.Date(2026, 11, 3, 2, 0, 0, 0, time.UTC)

// TestAttemptsOnWorkersWithAWrongClock: how long they go on is counted apart from
// an outage, which only workers with a right clock can meet.
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
