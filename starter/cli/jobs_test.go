package cli_test

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.uber.org/zap"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// shared is a worker with jobs of the real types, which do what the instance's
// name says. It runs while a test uses it.
var shared struct {
	mu     sync.Mutex
	users  int
	client client.Client
	worker sdkworker.Worker
}

// finish ends the job of the instance "slow".
var finish = make(chan struct{})

func server(t testing.TB) client.Client {
	t.Helper()
	address := localenvtest.Temporal(t).Address
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.users == 0 {
		// The commands read this variable. All tests need the same value.
		require.NoError(t, os.Setenv("TEMPORAL_ADDRESS", address)) //nolint:usetesting // for the whole process
		c, err := temporalx.Dial(t.Context(), client.Options{HostPort: address, Logger: temporalx.NewLogger(zap.NewNop())})
		require.NoError(t, err)
		_, err = temporalx.EnsureSearchAttributes(t.Context(), c, client.DefaultNamespace)
		require.NoError(t, err)
		shared.client, shared.worker = c, fakeWorker(c)
		require.NoError(t, shared.worker.Start())
		// Otherwise commands note that there is no worker.
		require.Eventually(t, func() bool {
			queue, err := c.DescribeTaskQueue(t.Context(), jobs.TaskQueue, enumspb.TASK_QUEUE_TYPE_WORKFLOW)
			return err == nil && len(queue.GetPollers()) > 0
		}, soon, look)
	}
	shared.users++
	t.Cleanup(leaveServer)
	return shared.client
}

func leaveServer() {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.users--; shared.users == 0 {
		shared.worker.Stop()
		shared.client.Close()
	}
}

func fakeWorker(c client.Client) sdkworker.Worker {
	w := sdkworker.New(c, jobs.TaskQueue, sdkworker.Options{MaxHeartbeatThrottleInterval: look})
	w.RegisterWorkflowWithOptions(fakeBackup, workflow.RegisterOptions{Name: "Backup"})
	w.RegisterWorkflowWithOptions(fakeRestore, workflow.RegisterOptions{Name: "Restore"})
	w.RegisterWorkflowWithOptions(fakeValidate, workflow.RegisterOptions{Name: "Validate"})
	w.RegisterActivityWithOptions(fakeDump, activity.RegisterOptions{Name: "Dump"})
	w.RegisterActivityWithOptions(fakeStumble, activity.RegisterOptions{Name: "Validate"})
	w.RegisterActivityWithOptions(fakeVerify, activity.RegisterOptions{Name: "Verify"})
	w.RegisterActivityWithOptions(fakeCheck, activity.RegisterOptions{Name: "FakeCheck"})
	w.RegisterActivityWithOptions(fakeEndless, activity.RegisterOptions{Name: "Endless"})
	registerFakes(w)
	return w
}

func fakeBackup(ctx workflow.Context, in jobs.BackupInput) (jobs.BackupResult, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, HeartbeatTimeout: 20 * time.Second})
	switch in.Instance {
	case "broken":
		return jobs.BackupResult{}, temporalx.AsTemporal(failure.New(failure.DBNotFound, "correct the database's name", "database %q does not exist", "orders"))
	case "cancelled":
		return jobs.BackupResult{}, temporal.NewCanceledError()
	case "slow/json":
		if err := workflow.ExecuteActivity(ctx, "Endless").Get(ctx, nil); err != nil {
			return jobs.BackupResult{}, err
		}
	case "stumbling":
		ctx = workflow.WithRetryPolicy(ctx, temporal.RetryPolicy{InitialInterval: 50 * time.Millisecond})
		if err := workflow.ExecuteActivity(ctx, "Validate").Get(ctx, nil); err != nil {
			return jobs.BackupResult{}, err
		}
	case "winding":
		ctx = workflow.WithRetryPolicy(ctx, temporal.RetryPolicy{InitialInterval: 2 * time.Second})
		if err := workflow.ExecuteActivity(ctx, "Verify").Get(ctx, nil); err != nil {
			return jobs.BackupResult{}, err
		}
	case "slow":
		if err := workflow.ExecuteActivity(ctx, "Dump").Get(ctx, nil); err != nil {
			return jobs.BackupResult{}, err
		}
	}
	return jobs.BackupResult{
		Instance: in.Instance, Point: "20261124T020000Z-00c0ffee", Dump: "instances/x/points/y/dump-1.dump", Bytes: 5 << 20, SHA256: "ab12",
		Rule: "Weekly", ArchiveAt: time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC),
		Expires: time.Date(2026, 12, 24, 2, 0, 0, 0, time.UTC), Warnings: []string{"retention rule was " + in.RetentionRule},
	}, nil
}

func fakeDump(ctx context.Context) error {
	activity.RecordHeartbeat(ctx, progress.Snapshot{Phase: "dump", Done: "1.0 MiB", Bytes: 1 << 20})
	select {
	case <-finish:
	case <-ctx.Done():
	}
	return nil
}

// stood ends the job of the instance "stumbling".
var stood = make(chan struct{})

// fakeStumble fails once.
func fakeStumble(ctx context.Context) error {
	if activity.GetInfo(ctx).Attempt == 1 {
		return temporalx.AsTemporal(failure.New(failure.LockTimeout, "", "table a\x1b is locked\nby another session"))
	}
	activity.RecordHeartbeat(ctx, "12 of 40 checks")
	select {
	case <-stood:
	case <-ctx.Done():
	}
	return nil
}

func fakeRestore(ctx workflow.Context, in jobs.RestoreInput) (jobs.RestoreResult, error) {
	if in.Instance == "stumbles/once" {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		if err := workflow.ExecuteActivity(ctx, "FakeCheck").Get(ctx, nil); err != nil {
			return jobs.RestoreResult{}, err
		}
	}
	if in.Target.Container != "" {
		return jobs.RestoreResult{Instance: in.Instance, Point: "p", Container: in.Target.Container, Files: []string{in.Target.Prefix + "manifest.json"}}, nil
	}
	said, err := json.Marshal(in.Target)
	return jobs.RestoreResult{Instance: in.Instance, Point: in.Point, Database: in.Target.Database, Server: in.Target.Server.Host, RowsOnly: in.Target.RowsOnly(), Ignored: []string{string(said)}}, err
}

func fakeValidate(_ workflow.Context, in jobs.ValidateInput) (jobs.ValidateResult, error) {
	if in.Instance == "fine" {
		return jobs.ValidateResult{Findings: []failure.Finding{}, Role: "backup", GrantsRead: true, Notes: []string{"pg_dump 15.18"}}, nil
	}
	if role, ok := strings.CutPrefix(in.Instance, "granted/"); ok {
		return jobs.ValidateResult{Role: role, GrantsRead: true}, nil
	}
	return jobs.ValidateResult{
		Role: "backup",
		Findings: []failure.Finding{
			{Check: "grants", Code: failure.MissingDBPermissions, Message: "role backup lacks SELECT on 1 table", Objects: []string{"public.a"}, Action: "GRANT SELECT ON TABLE public.a TO backup;"},
			{Check: "row security", Code: failure.RowLevelSecurity, Message: "rows of public.b are hidden"},
		},
		GrantsRead:     true,
		MissingSQL:     []string{"GRANT SELECT ON TABLE public.a TO backup"},
		ReadAllDataSQL: []string{"GRANT pg_read_all_data TO backup"},
	}, nil
}
