package temporalx_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.uber.org/zap"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/temporalx"
)

func TestRerunGoesOnAtTheFailedStepOfTheChild(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fail("Commit", failure.New(failure.ContainerNotAccessible, "", "no"))
	require.Error(t, b.start(t, "backup/a/b/1", "Backup").Get(t.Context(), nil))

	// It fails again, which makes another run. A second rerun resumes that one.
	again, err := b.jobs.Rerun(t.Context(), "backup/a/b/1", "")
	require.NoError(t, err)
	require.Equal(t, "backup-run/a/b", again.WorkflowID)
	require.Equal(t, "Commit", again.Step)
	require.Equal(t, "do Commit", again.Summary)
	require.Equal(t, []string{"Plan", "Dump"}, again.Kept)
	require.Error(t, b.client.GetWorkflow(t.Context(), again.WorkflowID, again.RunID).Get(t.Context(), nil))

	b.fail("Commit", nil)
	mended, err := b.jobs.Rerun(t.Context(), "backup/a/b/1", "")
	require.NoError(t, err)
	require.NoError(t, b.client.GetWorkflow(t.Context(), mended.WorkflowID, mended.RunID).Get(t.Context(), nil))
	require.Equal(t, 1, b.count("Plan"))
	require.Equal(t, 1, b.count("Dump"))
	require.Equal(t, 3, b.count("Commit"))

	_, err = b.jobs.Rerun(t.Context(), "backup/a/b/1", "")
	require.ErrorContains(t, err, "it is completed")
}

func TestRerunOfARestoreGoesBackToWhatTheCleanupTookBack(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fail("PublishDatabase", failure.New(failure.DatabaseNameAlreadyInUse, "", "no"))
	require.Error(t, b.start(t, "restore/a/b/1", "Restore").Get(t.Context(), nil))
	b.fail("PublishDatabase", nil)
	mended, err := b.jobs.Rerun(t.Context(), "restore/a/b/1", "")
	require.NoError(t, err)
	require.Equal(t, "Hold", mended.Step)
	require.Equal(t, []string{"Plan"}, mended.Kept)
	require.NoError(t, b.client.GetWorkflow(t.Context(), mended.WorkflowID, mended.RunID).Get(t.Context(), nil))
	require.Equal(t, 1, b.count("Plan"))
	require.Equal(t, 2, b.count("Hold"))
	require.Equal(t, 2, b.count("RestoreDatabase"))
}

// Two jobs had the same ID; the earlier one is meant.
func TestRerunOfOneRunOfAnID(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fail("RestoreDatabase", failure.New(failure.MissingRestorePermissions, "", "no"))
	first := b.start(t, "restore/a/b/1", "Restore")
	require.Error(t, first.Get(t.Context(), nil))
	b.fail("RestoreDatabase", nil)
	require.NoError(t, b.start(t, "restore/a/b/1", "Restore").Get(t.Context(), nil))
	_, err := b.jobs.Rerun(t.Context(), "restore/a/b/1", "")
	require.ErrorContains(t, err, "it is completed")

	mended, err := b.jobs.Rerun(t.Context(), "restore/a/b/1", first.GetRunID())
	require.NoError(t, err)
	require.Equal(t, "Hold", mended.Step, "the cleanup took it back")
	require.NoError(t, b.client.GetWorkflow(t.Context(), mended.WorkflowID, mended.RunID).Get(t.Context(), nil))
	_, err = b.jobs.Rerun(t.Context(), "restore/a/b/1", first.GetRunID())
	require.ErrorContains(t, err, "it is completed", "the rerun counts, which was made of this run")
}

func TestRerunRefuses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.jobs.Rerun(t.Context(), "backup/nothing", "")
	require.ErrorContains(t, err, "Temporal has no job backup/nothing")

	b.fail("Commit", failure.New(failure.ContainerNotAccessible, "", "no"))
	require.Error(t, b.start(t, "backup/a/b/1", "Backup").Get(t.Context(), nil))
	b.fail("Commit", nil)

	hold := make(chan struct{})
	b.hold = hold
	second := b.start(t, "backup/a/b/2", "Backup")
	require.Eventually(t, func() bool { return b.count("Dump") == 2 }, soon, look)
	_, err = b.jobs.Rerun(t.Context(), "backup/a/b/2", "")
	require.ErrorContains(t, err, "it is running")
	_, err = b.jobs.Rerun(t.Context(), "backup/a/b/1", "")
	require.Equal(t, failure.MaxConcurrentOperations, failure.CodeOf(err), "the other backup must not be ended: %v", err)
	close(hold)
	require.NoError(t, second.Get(t.Context(), nil))
}

func TestProgressLooksIntoTheChild(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	hold := make(chan struct{})
	b.hold = hold
	job := b.start(t, "backup/a/b/1", "Backup")
	var beat struct{ Phase string }
	require.Eventually(t, func() bool {
		found, err := b.jobs.Progress(t.Context(), job.GetID(), job.GetRunID())
		return err == nil && found.Step == "Dump" && found.Heartbeat(&beat)
	}, soon, look)
	require.Equal(t, "dump", beat.Phase)
	running, err := temporalx.Running(t.Context(), b.client, "backup/a/b/1")
	require.NoError(t, err)
	require.True(t, running)
	close(hold)
	require.NoError(t, job.Get(t.Context(), nil))
	for _, id := range []string{"backup/a/b/1", "backup/nothing"} {
		running, err := temporalx.Running(t.Context(), b.client, id)
		require.NoError(t, err)
		require.False(t, running, id)
	}
}

func TestListTellsJobsApart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	require.NoError(t, b.start(t, "backup/a/b/1", "Backup").Get(t.Context(), nil))
	b.fail("Hold", failure.New(failure.RecoveryPointNotFound, "", "no"))
	require.Error(t, b.start(t, "restore/a/b/1", "Restore").Get(t.Context(), nil))
	var all []temporalx.Job
	require.Eventually(t, func() bool {
		var err error
		all, err = b.jobs.List(t.Context(), temporalx.JobFilter{Instance: "a/b"})
		require.NoError(t, err)
		return len(all) == 2 && !all[0].Ended.IsZero() && !all[1].Ended.IsZero()
	}, soon, look)
	require.Equal(t, "Restore", all[0].Operation, "the newest first, and no child")
	require.Equal(t, "failed", all[0].Status)
	require.Equal(t, "completed", all[1].Status)
	require.Equal(t, "a/b", all[1].Instance)
	failed, err := b.jobs.List(t.Context(), temporalx.JobFilter{Failed: true})
	require.NoError(t, err)
	require.Len(t, failed, 1)
	require.True(t, failed[0].Failed())
	none, err := b.jobs.List(t.Context(), temporalx.JobFilter{Instance: "it's"})
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestReplay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fail("Dump", failure.New(failure.DBNotFound, "", "database b is not there"))
	require.Error(t, b.start(t, "backup/a/b/1", "Backup").Get(t.Context(), nil))
	history, err := b.jobs.History(t.Context(), "backup-run/a/b", "")
	require.NoError(t, err)
	var text bytes.Buffer
	require.NoError(t, temporalx.WriteHistory(&text, history))
	read, err := temporalx.ReadHistory(&text)
	require.NoError(t, err)
	require.NoError(t, temporalx.Replay(zap.NewNop(), b.register, read))

	story := temporalx.Story(read)
	require.Contains(t, story[0].Text, "BackupRun started")
	require.Regexp(t, `Plan \(do Plan\): .*, done`, story[1].Text)
	require.Regexp(t, `Dump \(do Dump\): .*, FAILED: UserErrorDBNotFound: database b is not there`, story[2].Text)

	changed := func(r worker.WorkflowRegistry) {
		r.RegisterWorkflowWithOptions(func(ctx workflow.Context) error { return run(ctx, "Dump") }, workflow.RegisterOptions{Name: "BackupRun"})
	}
	require.Error(t, temporalx.Replay(zap.NewNop(), changed, read))
	_, err = temporalx.ReadHistory(bytes.NewBufferString("no history"))
	require.Equal(t, failure.InvalidInput, failure.CodeOf(err))
}
