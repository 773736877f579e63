package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/workflows"
)

func TestCardOfARunningBackup(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.backUp()
	var card string
	e.RegisterDelayedCallback(func() { card = e.card(t) }, 30*time.Minute)
	e.ExecuteWorkflow(workflows.BackupRun, runInput())
	require.NoError(t, e.GetWorkflowError())
	require.Equal(t, `| Backup of shop/orders | state | took | |
| --- | --- | --- | --- |
| plan | done | 1s | point 20261124T020000Z-1f2e3d4c |
| fetch secret | done | 2s | key-vault 4f6a |
| validate | done | 3s | all checks passed |
| dump | **running** |  |  |
| roles | waiting |  |  |
| verify | waiting |  |  |
| commit | waiting |  |  |
`, card)
	require.Equal(t, `| Backup of shop/orders | state | took | |
| --- | --- | --- | --- |
| plan | done | 1s | point 20261124T020000Z-1f2e3d4c |
| fetch secret | done | 2s | key-vault 4f6a |
| validate | done | 3s | all checks passed |
| dump | done | 1h0m0s | 3.0 MiB stored |
| roles | done | 1s | 3 roles |
| verify | done | 1m30s | sha256 0123456789ab… |
| commit | done | 1s | rule Monthly, to archive on 2027-05-24, kept until 2029-05-24 |
`, e.card(t))
}

func TestCardOfAFailedBackup(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.OnActivity("Validate", mock.Anything, mock.Anything).Return(activities.ValidatedBackup{},
		userError(failure.MissingDBPermissions, "table \"a|b\" may not be read\nnor may another")).After(3 * time.Second)
	e.backUp()
	e.ExecuteWorkflow(workflows.BackupRun, runInput())
	require.Equal(t, failure.MissingDBPermissions, e.failed(t).Code)
	require.Equal(t, `| Backup of shop/orders | state | took | |
| --- | --- | --- | --- |
| plan | done | 1s | point 20261124T020000Z-1f2e3d4c |
| fetch secret | done | 2s | key-vault 4f6a |
| validate | **failed** | 3s | UserErrorMissingDBPermissions: table "a\|b" may not be read |
| dump | waiting |  |  |
| roles | waiting |  |  |
| verify | waiting |  |  |
| commit | waiting |  |  |
`, e.card(t))
}

func TestCardOfARestoreHasTheStepsAskedFor(t *testing.T) {
	t.Parallel()
	for input, steps := range map[string]string{
		`{"instance":"shop/orders","target":{"container":"https://a.blob.core.windows.net/files"}}`:    "check target, find point, hold point, copy files",
		`{"instance":"shop/orders","target":{"server":{"host":"db2"},"database":"copy"}}`:              "find point, hold point, check target, restore, publish",
		`{"instance":"shop/orders","target":{"server":{"host":"db2"},"database":"copy","roles":true}}`: "find point, hold point, check target, roles, restore, publish",
	} {
		e := newEnv(t)
		e.OnActivity("CheckContainer", mock.Anything, mock.Anything).Return(nil)
		e.OnActivity("FindPoint", mock.Anything, mock.Anything).Return(activities.PointRef{}, userError(failure.RecoveryPointNotFound, "no"))
		e.ExecuteWorkflow(workflows.Restore, raw(input))
		require.Equal(t, failure.RecoveryPointNotFound, e.failed(t).Code)
		require.Equal(t, steps, cardSteps(e.card(t)))
	}
}
