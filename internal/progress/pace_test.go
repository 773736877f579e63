package progress_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/progress"
)

// reports returns the times after the start at which a step that is checked
// each second is reported.
func reports(length time.Duration, reading func(after time.Duration) progress.Snapshot) []time.Duration {
	began := time.Unix(1000, 0)
	pace := progress.NewPace(began)
	var due []time.Duration
	for after := time.Duration(0); after < length; after += time.Second {
		if pace.Due(began.Add(after), reading(after)) {
			due = append(due, after)
		}
	}
	return due
}

func TestALongStepIsReportedSoonAndThenSparsely(t *testing.T) {
	t.Parallel()
	due := reports(2*time.Hour, func(after time.Duration) progress.Snapshot { return progress.Snapshot{Bytes: int64(after)} })
	require.Equal(t, []time.Duration{3 * time.Second, 8 * time.Second, 15 * time.Second}, due[:3])
	require.Less(t, len(due), 35, "each stays in a history")
	for n := 2; n < len(due); n++ {
		require.GreaterOrEqual(t, due[n]-due[n-1], due[n-1]-due[n-2])
		require.LessOrEqual(t, due[n]-due[n-1], 5*time.Minute)
	}
	require.Equal(t, 5*time.Minute, due[len(due)-1]-due[len(due)-2])
}

func TestWhatDoesNotMoveIsNotReportedAgain(t *testing.T) {
	t.Parallel()
	due := reports(time.Hour, func(after time.Duration) progress.Snapshot {
		s := progress.Snapshot{Phase: "dump", Rate: after.String(), PerSecond: int64(after)}
		if after >= 30*time.Minute {
			s.Tables = 1
		}
		return s
	})
	require.Equal(t, []time.Duration{3 * time.Second, 30 * time.Minute}, due, "the rate alone is no news")
}

func TestAWaitIsReportedAtOnce(t *testing.T) {
	t.Parallel()
	due := reports(2*time.Hour, func(after time.Duration) progress.Snapshot {
		s := progress.Snapshot{Bytes: int64(after)}
		if after >= 90*time.Minute && after < 95*time.Minute {
			s.Waiting = "waiting"
		}
		return s
	})
	require.Contains(t, due, 90*time.Minute)
	require.Contains(t, due, 95*time.Minute)
	flapping := reports(time.Hour, func(after time.Duration) progress.Snapshot {
		s := progress.Snapshot{Bytes: int64(after)}
		if int(after.Seconds())%2 == 0 {
			s.Waiting = "waiting"
		}
		return s
	})
	require.Less(t, len(flapping), 120, "each stays in a history")
}
