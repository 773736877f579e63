package temporalx_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
)

func TestTheEstatesSchedules(t *testing.T) {
	t.Parallel()
	c, namespace := dial(t)
	_, err := temporalx.Reconcile(t.Context(), c, owner, desire(t, "shop/a", "shop/b"))
	require.NoError(t, err)
	require.NoError(t, c.ScheduleClient().GetHandle(t.Context(), "backup/shop/b").Pause(t.Context(), client.SchedulePauseOptions{Note: "moving"}))
	s := temporalx.NewEstateServer(c, namespace)
	require.Eventually(t, func() bool {
		all, err := s.Schedules(t.Context())
		require.NoError(t, err)
		return len(all) == 3 && all["backup/shop/b"].Paused
	}, soon, look, "a listing may be late")
	all, err := s.Schedules(t.Context())
	require.NoError(t, err)
	require.Equal(t, "moving", all["backup/shop/b"].Note)
	require.False(t, all["backup/shop/a"].Paused)
	require.True(t, all["backup/shop/a"].Next.After(time.Now()))
	require.Contains(t, all, jobs.SweepSchedule)
}

func TestHeldSchedules(t *testing.T) {
	t.Parallel()
	c, _ := dial(t)
	held := func() []estate.HeldSchedule {
		found, err := temporalx.HeldSchedules(t.Context(), c, "shop/a")
		require.NoError(t, err)
		return found
	}
	require.Equal(t, []estate.HeldSchedule{{ID: "backup/shop/a", Missing: true}}, held())
	want := desire(t, "shop/a")
	second := want[1]
	second.ID = jobs.NthBackupSchedule("shop/a", 1)
	_, err := temporalx.Reconcile(t.Context(), c, owner, append(want, second))
	require.NoError(t, err)
	require.Empty(t, held())
	require.NoError(t, c.ScheduleClient().GetHandle(t.Context(), second.ID).Pause(t.Context(), client.SchedulePauseOptions{Note: "moving"}))
	require.Equal(t, []estate.HeldSchedule{{ID: second.ID, Note: "moving"}}, held())
}

func TestTheEstatesRunningBackups(t *testing.T) {
	t.Parallel()
	c, namespace := dial(t)
	s := temporalx.NewEstateServer(c, namespace)
	backup := func(id, instance string) client.WorkflowRun {
		run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
			ID: id, TaskQueue: jobs.TaskQueue,
			TypedSearchAttributes: temporal.NewSearchAttributes(temporalx.KeyInstance.ValueSet(instance), temporalx.KeyPhase.ValueSet("waiting for a worker")),
		}, jobs.TypeBackup)
		require.NoError(t, err)
		return run
	}
	first := backup("backup/shop/a/1", "shop/a")
	require.Eventually(t, func() bool {
		running, err := s.Running(t.Context())
		require.NoError(t, err)
		return len(running) == 1
	}, soon, look)
	backup("backup/shop/a/2", "shop/a")
	backup("backup/shop/b/1", "shop/b")
	require.Eventually(t, func() bool {
		running, err := s.Running(t.Context())
		require.NoError(t, err)
		return len(running) == 2
	}, soon, look)
	running, err := s.Running(t.Context())
	require.NoError(t, err)
	require.Equal(t, first.GetID(), running["shop/a"].Job, "the first does the work")
	require.Equal(t, "waiting for a worker", running["shop/a"].Phase)
	require.NoError(t, c.TerminateWorkflow(t.Context(), "backup/shop/b/1", "", "gone"))
	require.Eventually(t, func() bool {
		running, err := s.Running(t.Context())
		require.NoError(t, err)
		return len(running) == 1
	}, soon, look)
}

func TestTheEstatesWorkers(t *testing.T) {
	t.Parallel()
	c, namespace := dial(t)
	s := temporalx.NewEstateServer(c, namespace)
	idle, trust, err := s.Workers(t.Context())
	require.NoError(t, err)
	require.Len(t, idle, len(jobs.Roles()))
	require.Empty(t, trust)
	for _, role := range []jobs.Role{jobs.RoleBackup, jobs.RolePrune} {
		w := sdkworker.New(c, role.Queue(), sdkworker.Options{DisableWorkflowWorker: true, Identity: temporalx.WorkerIdentity("hash-" + string(role))})
		w.RegisterActivity(func() error { return nil })
		require.NoError(t, w.Start())
		t.Cleanup(w.Stop)
	}
	require.Eventually(t, func() bool {
		idle, trust, err = s.Workers(t.Context())
		require.NoError(t, err)
		return len(trust) == 2
	}, soon, look)
	require.False(t, slices.Contains(idle, string(jobs.RoleBackup)) || slices.Contains(idle, string(jobs.RolePrune)))
	require.Contains(t, idle, string(jobs.RoleRestore))
	require.Contains(t, trust, "hash-backup")
}

func TestUndeliveredNotifications(t *testing.T) {
	t.Parallel()
	c, namespace := dial(t)
	w := sdkworker.New(c, jobs.TaskQueue, sdkworker.Options{})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context, fails bool) error {
		if fails {
			return temporal.NewNonRetryableApplicationError("given up", "test", nil)
		}
		return nil
	}, workflow.RegisterOptions{Name: jobs.TypeNotify})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	for id, fails := range map[string]bool{"notify/1": true, "notify/2": true, "notify/3": false, jobs.ID(jobs.KindNotifyTest, "oncall", "1"): true} {
		run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: jobs.TaskQueue}, jobs.TypeNotify, fails)
		require.NoError(t, err)
		require.Equal(t, fails, run.Get(t.Context(), nil) != nil)
	}
	require.Eventually(t, func() bool {
		all, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Namespace: namespace, Query: "ExecutionStatus = 'Failed'"})
		require.NoError(t, err)
		return all.GetCount() == 3
	}, soon, look)
	s := temporalx.NewEstateServer(c, namespace)
	require.Eventually(t, func() bool {
		n, err := s.Undelivered(t.Context(), time.Now().Add(-time.Hour))
		require.NoError(t, err)
		return n == 2
	}, soon, look)
	n, err := s.Undelivered(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Zero(t, n)
}
