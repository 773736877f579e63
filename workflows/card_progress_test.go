package workflows_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/workflows"
)

// testRun is the run ID of every workflow in Temporal's test environment.
const testRun = "default-test-run-id"

// halfway returns the progress of a running dump.
func halfway() jobs.StepProgress {
	return jobs.StepProgress{
		Step: "Dump", RunID: testRun, Attempt: 1,
		Snapshot: progress.Snapshot{Phase: "dump", Bytes: 6 << 29, Total: 4 << 30, Tables: 12, TablesTotal: 40},
	}
}

// cardRow returns a step's line of a card.
func cardRow(t *testing.T, card, step string) string {
	t.Helper()
	for _, line := range strings.Split(card, "\n") {
		if strings.HasPrefix(line, "| "+step+" |") {
			return line
		}
	}
	require.Fail(t, "no such step", "%s in\n%s", step, card)
	return ""
}

// dumpRow runs a backup with signals during the dump and returns the dump's
// line of the card a minute later.
func dumpRow(t *testing.T, signals ...any) string {
	t.Helper()
	e := newEnv(t)
	e.backUp()
	var row string
	e.RegisterDelayedCallback(func() {
		for _, s := range signals {
			e.SignalWorkflow(jobs.ProgressSignal, s)
		}
	}, 30*time.Minute)
	e.RegisterDelayedCallback(func() { row = cardRow(t, e.card(t), "dump") }, 31*time.Minute)
	e.ExecuteWorkflow(workflows.BackupRun, runInput())
	require.NoError(t, e.GetWorkflowError())
	require.Equal(t, "| dump | done | 1h0m0s | 3.0 MiB stored |", cardRow(t, e.card(t), "dump"), "the result takes the progress's place")
	return row
}

func TestCardShowsProgress(t *testing.T) {
	t.Parallel()
	require.Equal(t, "| dump | **running** | 29m54s | 3.0 GiB of 4.0 GiB, 12 of 40 tables |", dumpRow(t, halfway()))

	early := halfway()
	early.Snapshot = progress.Snapshot{Phase: "connect"}
	require.Contains(t, dumpRow(t, early), "| connect, 0 B |")

	waiting := halfway()
	waiting.Waiting = "waiting since 02:10:00 UTC to upload dump.dump, attempt 7 failed: no answer"
	require.Contains(t, dumpRow(t, waiting), "| 3.0 GiB of 4.0 GiB, 12 of 40 tables; waiting since 02:10:00 UTC to upload dump.dump, attempt 7 failed: no answer |")

	between := halfway()
	between.Attempt, between.Snapshot = 3, progress.Snapshot{Waiting: "waiting since 02:10:00 UTC to try again"}
	require.Contains(t, dumpRow(t, between), "| attempt 3: waiting since 02:10:00 UTC to try again |")

	warned := halfway()
	warned.Warning = "the snapshot is old\n| or so"
	require.Contains(t, dumpRow(t, warned), "| 3.0 GiB of 4.0 GiB, 12 of 40 tables; the snapshot is old |")
}

func TestCardShowsTheLatestAttempt(t *testing.T) {
	t.Parallel()
	second := halfway()
	second.Attempt, second.Tables = 2, 1
	require.Contains(t, dumpRow(t, halfway(), second, halfway()), "| attempt 2: 3.0 GiB of 4.0 GiB, 1 of 40 tables |",
		"the first may go on beside the second, unaware that it was given up")
}

// A step that is tried again says why, until it ends.
func TestCardShowsWhyAStepIsTriedAgain(t *testing.T) {
	t.Parallel()
	failed := halfway()
	failed.Snapshot, failed.Failed = progress.Snapshot{}, "attempt 1 failed: TransferStalled: no byte moved for 5m0s"
	require.Equal(t, "| dump | **running** | 29m54s | attempt 1 failed: TransferStalled: no byte moved for 5m0s |", dumpRow(t, halfway(), failed))

	second := halfway()
	second.Attempt = 2
	require.Contains(t, dumpRow(t, failed, second), "| attempt 2: 3.0 GiB of 4.0 GiB, 12 of 40 tables; attempt 1 failed: TransferStalled: no byte moved for 5m0s |")

	away := failed
	away.Waiting = "waiting since 02:10:00 UTC to try again, attempt 1 failed: no answer"
	require.Contains(t, dumpRow(t, away), "| waiting since 02:10:00 UTC to try again, attempt 1 failed: no answer |")

	foreign := failed
	foreign.Failed = "<b>|" + strings.Repeat("x", 10_000)
	row := dumpRow(t, foreign)
	require.Contains(t, row, `&lt;b&gt;\|xxx`)
	require.Less(t, len(row), 500)
}

// Anybody may send a signal, and a reset repeats the signals of the run before.
func TestCardPassesOverForeignSignals(t *testing.T) {
	t.Parallel()
	foreign := map[string]any{
		"text": "nonsense", "number": 7, "list": []int{1}, "nothing": nil, "empty": map[string]any{},
		"field of another type": map[string]any{"step": "Dump", "runID": testRun, "bytes": "many"},
	}
	for name, change := range map[string]func(*jobs.StepProgress){
		"run before a reset": func(p *jobs.StepProgress) { p.RunID = "another" },
		"step that waits":    func(p *jobs.StepProgress) { p.Step = "Verify" },
		"unknown step":       func(p *jobs.StepProgress) { p.Step = "Dance" },
		"step of no report":  func(p *jobs.StepProgress) { p.Step = "Plan" },
		"negative count":     func(p *jobs.StepProgress) { p.Bytes = -1 },
	} {
		p := halfway()
		change(&p)
		foreign[name] = p
	}
	for name, signal := range foreign {
		require.Equal(t, "| dump | **running** |  |  |", dumpRow(t, signal), name)
		require.Contains(t, dumpRow(t, signal, halfway()), "12 of 40 tables", "%s: the next one counts", name)
	}
	// Unknown fields, as of a later version, are ignored.
	require.Contains(t, dumpRow(t, map[string]any{"step": "Dump", "runID": testRun, "attempt": 1, "bytes": 1024, "mood": "good"}), "| 1.0 KiB |")
}

// Temporal's UI renders the card, and anyone may signal progress.
func TestCardShowsForeignTextAsText(t *testing.T) {
	t.Parallel()
	p := halfway()
	p.Phase = "<img src=x onerror=y> [click](http://x) | a\u202e" + strings.Repeat("€", 1000)
	row := dumpRow(t, p)
	require.Contains(t, row, `&lt;img src=x onerror=y&gt; \[click\](http://x) \| a\\u202e`)
	require.Less(t, len(row), 700)
	require.True(t, utf8.ValidString(row))
}

func TestCardOfARestoreShowsProgress(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	point := activities.PointRef{Instance: "shop/orders", Point: plan.Point, Database: "orders"}
	e.OnActivity("FindPoint", mock.Anything, mock.Anything).Return(point, nil)
	e.OnActivity("Hold", mock.Anything, mock.Anything).Return(activities.HeldPoint{}, nil)
	e.OnActivity("CheckTarget", mock.Anything, mock.Anything).Return(activities.SignedIn{}, nil)
	e.OnActivity("RestoreDatabase", mock.Anything, mock.Anything).Return(activities.RestoredDatabase{}, userError(failure.RestoreStatement, "no")).After(time.Hour)
	e.OnActivity("DropTarget", mock.Anything, mock.Anything).Return(nil)
	e.OnActivity("ReleaseHold", mock.Anything, mock.Anything).Return(nil)
	loading := halfway()
	loading.Step, loading.Phase = "RestoreDatabase", "data"
	e.RegisterDelayedCallback(func() { e.SignalWorkflow(jobs.ProgressSignal, loading) }, 30*time.Minute)
	var row string
	e.RegisterDelayedCallback(func() { row = cardRow(t, e.card(t), "restore") }, 31*time.Minute)
	e.ExecuteWorkflow(workflows.Restore, raw(`{"instance":"shop/orders","target":{"server":{"host":"db2"},"database":"copy"}}`))
	require.Equal(t, failure.RestoreStatement, e.failed(t).Code)
	require.Equal(t, "| restore | **running** | 30m0s | data, 3.0 GiB of 4.0 GiB, 12 of 40 tables |", row)
	require.Contains(t, cardRow(t, e.card(t), "restore"), "**failed**")
}

// A late signal of a finished step, or the end of the job, has no effect.
func TestSignalsOfACancelledBackup(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.OnActivity("DiscardAttempt", mock.Anything, mock.Anything).Return(nil).Once()
	e.backUp()
	e.RegisterDelayedCallback(func() {
		e.SignalWorkflow(jobs.ProgressSignal, halfway())
		e.CancelWorkflow()
		e.SignalWorkflow(jobs.ProgressSignal, halfway())
	}, 30*time.Minute)
	e.ExecuteWorkflow(workflows.BackupRun, runInput())
	require.Error(t, e.GetWorkflowError())
	require.Contains(t, cardRow(t, e.card(t), "dump"), "| **failed** |")
	e.AssertExpectations(t)
}
