package follow_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/starter/cli/follow"
)

// log is a Lines with its clock.
type log struct {
	*follow.Lines
	out bytes.Buffer
	at  time.Time
}

func newLog() *log {
	l := &log{at: now}
	l.Lines = follow.NewLines(&l.out, func() time.Time { return l.at })
	return l
}

func TestLinesTellWhatIsNew(t *testing.T) {
	t.Parallel()
	l := newLog()
	waiting := staged(temporalx.StageNoWorker, func(s *follow.State) { s.Step = "" })
	l.Show(follow.State{})
	l.Show(waiting)
	l.at = l.at.Add(2 * time.Second)
	l.Show(waiting)
	l.Show(waiting)
	l.Show(working("FetchSecret", nil))
	l.Show(follow.State{Progress: temporalx.Progress{Stage: temporalx.StageWorking}})
	l.Show(working("Dump", &progress.Snapshot{Phase: "connect"}))
	for range 10 {
		l.Show(working("Dump", halfway()))
	}
	warned := halfway()
	warned.Warning = "the snapshot is\nold"
	l.Show(working("Dump", warned))
	l.Show(working("Dump", warned))
	failed := staged(temporalx.StageRetrying, func(s *follow.State) {
		s.Step, s.Attempt, s.RetryAt, s.LastError = "Dump", 2, l.at.Add(3*time.Second), "ServerConnectionClosed: the server closed the connection\nTo mend it: wait"
	})
	l.Show(failed)
	l.at = l.at.Add(time.Minute)
	l.End("completed")
	require.Equal(t, `waiting for a worker
fetch secret
dump, connect
dump 3.0 GiB of about 12.0 GiB (25%), 12 of 40 tables, 41.0 MiB/s, about 4m left
warning: the snapshot is\u000aold
dump, attempt 2 in 3s, after: ServerConnectionClosed: the server closed the connection
completed after 1m02s
`, l.out.String())
}

func TestAShortJobHasNoLines(t *testing.T) {
	t.Parallel()
	l := newLog()
	l.Show(follow.State{})
	l.Show(staged(temporalx.StageNoWorker, func(*follow.State) {}))
	l.at = l.at.Add(900 * time.Millisecond)
	l.Show(staged(temporalx.StageQueued, func(*follow.State) {}))
	l.End("completed")
	require.Empty(t, l.out.String())

	interrupted := newLog()
	interrupted.Show(working("Dump", nil))
	interrupted.End("")
	require.Equal(t, "dump\n", interrupted.out.String())
}

// linesOf returns the times of the lines of a job that is looked at twice a second.
func linesOf(l *log, length time.Duration, state func(after time.Duration) follow.State) (lines []time.Duration) {
	for after := time.Duration(0); after < length; after += 500 * time.Millisecond {
		before := l.out.Len()
		l.at = now.Add(after)
		l.Show(state(after))
		if l.out.Len() > before {
			lines = append(lines, after)
		}
	}
	return lines
}

func TestTheLinesOfALongStepGetRarer(t *testing.T) {
	t.Parallel()
	l := newLog()
	lines := linesOf(l, 8*time.Hour, func(after time.Duration) follow.State {
		return working("Dump", &progress.Snapshot{Phase: "dump", Bytes: int64(after), Rate: "1 B/s"})
	})
	require.Equal(t, []time.Duration{0, 3 * time.Second}, lines[:2])
	require.Less(t, len(lines), 120)
	for n := 2; n < len(lines); n++ {
		require.GreaterOrEqual(t, lines[n]-lines[n-1], lines[n-1]-lines[n-2])
		require.LessOrEqual(t, lines[n]-lines[n-1], 5*time.Minute+time.Second)
	}
}

// A step that fails all night fills no log.
func TestTheLinesOfAStepThatFailsGetRarer(t *testing.T) {
	t.Parallel()
	l := newLog()
	lines := linesOf(l, 8*time.Hour, func(after time.Duration) follow.State {
		n := int(after/time.Second) / 5
		stage := []temporalx.Stage{temporalx.StageRetrying, temporalx.StageWorking, temporalx.StageNoWorker}[n%3]
		return staged(stage, func(s *follow.State) {
			s.Attempt, s.LastError, s.RetryAt = int32(n+2), fmt.Sprintf("Internal: error %d", n), now.Add(after)
		})
	})
	require.Less(t, len(lines), 130)
	require.GreaterOrEqual(t, strings.Count(l.out.String(), "after: Internal: error"), 100, "each says why")
}
