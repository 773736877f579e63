package attack_test

import (
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
)

// sequence makes workflow IDs unique.
var sequence atomic.Int32

// step is a workflow of a stranger's own worker. It has any activity of pgvault's
// worker run, with any input.
func step(ctx workflow.Context, queue, activity string, input json.RawMessage) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: queue, StartToCloseTimeout: time.Minute, HeartbeatTimeout: 30 * time.Second,
		RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1},
	})
	return workflow.ExecuteActivity(ctx, activity, input).Get(ctx, nil)
}

// TestAStrangersWorkflowSchedulesSteps has steps run outside the jobs that they
// belong to, with definitions and targets that a stranger wrote.
func TestAStrangersWorkflowSchedulesSteps(t *testing.T) {
	t.Parallel()
	a := newTarget(t)
	strangers := sdkworker.New(a.temporal, "strangers", sdkworker.Options{})
	strangers.RegisterWorkflow(step)
	require.NoError(t, strangers.Start())
	t.Cleanup(strangers.Stop)

	forged := fmt.Sprintf(`{"name": %q, "server": {"host": %q, "port": %d, "tls": {"mode": "verify-full"}}, "database": "x", "signIn": {"keyVaultSecret": %q}}`,
		a.instance.Name, untrusted, a.strange, a.instance.SignIn.KeyVaultSecret)
	plan := fmt.Sprintf(`{"instance": %s, "point": "20260301T020000Z-0a1b2c3d", "job": {"id": "x", "runID": "y"}}`, forged)
	to := fmt.Sprintf(`"target": {"server": {"host": %q, "port": %d}, "database": "x", "signIn": {"keyVaultSecret": %q}}`, untrusted, a.strange, a.instance.SignIn.KeyVaultSecret)
	point := fmt.Sprintf(`{"instance": %q, "point": "20260301T020000Z-0a1b2c3d"}`, a.instance.Name)
	message := func(secret string) string {
		return fmt.Sprintf(`{"notification": "x", "url": %q, "alert": {"id": "x", "kind": "test", "state": "test", "severity": "info", "message": "x"}}`, secret)
	}
	for _, s := range []struct {
		queue, activity, input string
		code                   failure.Code
	}{
		{jobs.RoleBackup.Queue(), "FetchSecret", plan, failure.InvalidInput},
		{jobs.RoleBackup.Queue(), "Validate", plan, failure.InvalidInput},
		{jobs.RoleBackup.TransferQueue(), "Dump", plan, failure.InvalidInput},
		{jobs.RoleBackup.TransferQueue(), "DumpRoles", plan, failure.InvalidInput},
		{jobs.RoleBackup.Queue(), "Commit", `{"plan": ` + plan + `}`, failure.InvalidInput},
		{jobs.RolePrune.Queue(), "DiscardAttempt", plan, failure.InvalidInput},
		{jobs.RoleRestore.Queue(), "CheckTarget", `{"point": ` + point + `, ` + to + `}`, failure.RecoveryPointNotFound},
		{jobs.RoleRestore.Queue(), "DropTarget", `{"point": ` + point + `, ` + to + `}`, failure.RecoveryPointNotFound},
		{jobs.RoleRestore.TransferQueue(), "RestoreDatabase", `{"point": ` + point + `, ` + to + `}`, failure.RecoveryPointNotFound},
		{jobs.RoleRestore.Queue(), "CheckContainer", fmt.Sprintf(`{"container": "https://%s:%d/account/files"}`, untrusted, a.strange), failure.NotTrusted},
		{jobs.RoleWatch.Queue(), "Deliver", message(a.instance.SignIn.KeyVaultSecret), failure.NotTrusted},
		{jobs.RoleWatch.Queue(), "Deliver", message(fmt.Sprintf("https://%s:%d/secrets/x", untrusted, a.strange)), failure.NotTrusted},
	} {
		t.Run(s.activity, func(t *testing.T) {
			// The ID that the work of the instance's backups has.
			err := a.run(t, jobs.BackupRunID(a.instance.Name), "strangers", step, s.queue, s.activity, json.RawMessage(s.input))
			a.refused(t, err, s.code)
		})
	}
}
