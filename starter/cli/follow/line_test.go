package follow_test

import (
	"strings"
	"testing"
	"time"

	"github.com/rivo/uniseg"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/starter/cli/follow"
)

var now = time.Date(2026, 11, 28, 2, 0, 0, 0, time.UTC)

func working(step string, moved *progress.Snapshot) follow.State {
	return follow.State{Progress: temporalx.Progress{Step: step, Attempt: 1, Stage: temporalx.StageWorking}, Moved: moved}
}

func halfway() *progress.Snapshot {
	return &progress.Snapshot{Phase: "dump", Bytes: 6 << 29, Total: 12 << 30, About: true, Tables: 12, TablesTotal: 40, Rate: "41.0 MiB/s", PerSecond: 41 << 20}
}

func staged(stage temporalx.Stage, change func(*follow.State)) follow.State {
	s := follow.State{Progress: temporalx.Progress{Step: "RestoreDatabase", Attempt: 1, Stage: stage}}
	change(&s)
	return s
}

func TestLine(t *testing.T) {
	t.Parallel()
	line := func(s follow.State, columns int) string { return follow.Line(s, 65*time.Second, now, columns) }
	for columns, want := range map[int]string{
		99: "1m05s dump 3.0 GiB of about 12.0 GiB (25%), 12 of 40 tables, 41.0 MiB/s, about 4m left",
		79: "1m05s dump 3.0 GiB of about 12.0 GiB (25%), 41.0 MiB/s, about 4m left",
		60: "1m05s dump 3.0 GiB (25%), 41.0 MiB/s, about 4m left",
		39: "1m05s dump 3.0 GiB (25%), about 4m left",
		33: "1m05s dump 3.0 GiB, about 4m left",
		20: "1m05s dump 3.0 GiB",
		6:  "dump",
		3:  "du…",
		1:  "…",
		0:  "",
	} {
		require.Equal(t, want, line(working("Dump", halfway()), columns))
	}
	same := func(*follow.State) {}
	for want, s := range map[string]follow.State{
		"1m05s starting":                               {},
		"1m05s waiting for a worker":                   {Progress: temporalx.Progress{Stage: temporalx.StageNoWorker}},
		"1m05s restore database, waiting for a worker": staged(temporalx.StageNoWorker, same),
		"1m05s restore database, queued: the workers are busy with other jobs": staged(temporalx.StageQueued, same),
		"1m05s restore database, paused":                                       staged(temporalx.StagePaused, same),
		"1m05s restore database, cancelling":                                   staged(temporalx.StageCancelling, same),
		"1m05s waiting for another drill on db2:5432":                          {Progress: temporalx.Progress{Phase: "waiting for another drill on db2:5432", Stage: temporalx.StageWorking}},
		"1m05s the Temporal server does not answer; asking again":              {Away: true},
		"1m05s restore database, attempt 3 in 12s, after: TransferStalled: no byte has …": staged(temporalx.StageRetrying, func(s *follow.State) {
			s.Attempt, s.RetryAt, s.LastError = 3, now.Add(12*time.Second), "TransferStalled: no byte has moved for 5m0s\nTo mend it: look"
			s.Moved = halfway() // of the attempt that has failed
		}),
		"1m05s restore database, data, attempt 2 3.0 GiB (25%), about 4m left": staged(temporalx.StageWorking, func(s *follow.State) {
			s.Attempt, s.LastError, s.Moved = 2, "it broke", halfway()
			s.Moved.Phase = "data"
		}),
		"1m05s sweep, 3 points looked at": staged(temporalx.StageWorking, func(s *follow.State) { s.Step, s.Text = "Sweep", "3 points looked at" }),
		"1m05s dump 3.0 GiB of about 12.0 GiB (25%), waiting since 02:10:00 UTC to uplo…": working("Dump", &progress.Snapshot{
			Phase: "dump", Bytes: 3 << 30, Total: 12 << 30, About: true, Rate: "1.0 MiB/s", PerSecond: 1 << 20, Waiting: "waiting since 02:10:00 UTC to upload dump.dump, attempt 7 failed: no answer",
		}),
		"1m05s dump, connect":                working("Dump", &progress.Snapshot{Phase: "connect", Rate: "0 B/s"}),
		"1m05s verify 1.0 KiB, 1.0 KiB/s":    working("Verify", &progress.Snapshot{Phase: "verify", Bytes: 1 << 10, Rate: "1.0 KiB/s", PerSecond: 1 << 10}),
		"1m05s verify 9 B of 9 B (100%)":     working("Verify", &progress.Snapshot{Phase: "verify", Bytes: 9, Total: 9}),
		`1m05s dump, a\u001b[2J\u000a\u202e`: working("Dump", &progress.Snapshot{Phase: "a\x1b[2J\n\u202e"}),
	} {
		require.Equal(t, want, line(s, 79))
	}
}

func TestTheTimeLeftIsRough(t *testing.T) {
	t.Parallel()
	for left, want := range map[time.Duration]string{
		time.Second: "5s", 42 * time.Second: "40s", 119 * time.Second: "2m", 65 * time.Minute: "1h05m", 2 * time.Hour: "2h",
		13*time.Hour + 20*time.Minute: "13h", 76 * time.Hour: "3d04h",
	} {
		s := working("Dump", &progress.Snapshot{Phase: "dump", Total: int64(left / time.Second), PerSecond: 1, Rate: "1 B/s"})
		require.Contains(t, follow.Line(s, 0, now, 200), ", about "+want+" left")
	}
}

// No line is wider than its columns, whatever it says.
func FuzzALineFits(f *testing.F) {
	f.Add("dump", "読み取り中のテーブル", "注文: エラー 😀😀", 40, int64(1))
	f.Add("e\u0301e\u0301", "👩🏽🇩🇪🇩", "☎\ufe0f", 7, int64(1<<40))
	f.Fuzz(func(t *testing.T, step, phase, failed string, columns int, bytes int64) {
		if columns < 0 || columns > 500 {
			return
		}
		s := working(step, &progress.Snapshot{Phase: phase, Bytes: bytes, Total: 1 << 41, About: true, Rate: "1 B/s", PerSecond: 1})
		s.Attempt, s.LastError = 2, failed
		line := follow.Line(s, time.Hour, now, columns)
		require.LessOrEqual(t, uniseg.StringWidth(line), columns)
		apart := 0
		for _, r := range line {
			apart += uniseg.StringWidth(string(r))
		}
		require.LessOrEqual(t, apart, columns)
		require.NotContains(t, line, "\n")
		require.False(t, strings.ContainsAny(line, "\x1b\r"))
	})
}
