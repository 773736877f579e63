package workflows_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/workflows"
)

// TestTheRecordOfABackup: the record has the worker and the secret of the step that
// dumped, or, of a backup that failed before, those of the step that came so far.
func TestTheRecordOfABackup(t *testing.T) {
	t.Parallel()
	source := jobs.Place{Server: "db1.example.com:5432", Database: "orders"}
	e := newEnv(t)
	e.backUp()
	e.ExecuteWorkflow(workflows.BackupRun, runInput())
	require.NoError(t, e.GetWorkflowError())
	require.Equal(t, jobs.Work{
		Worker: jobs.Worker{Host: "second"}, SignIn: jobs.SignIn{Kind: "key-vault", Version: "4f6b"}, Source: source, Rows: &rows, Bytes: 3 << 20,
	}, e.records[0].Work)

	e = newEnv(t)
	e.OnActivity("Dump", mock.Anything, mock.Anything).Return(activities.DumpResult{}, userError(failure.DumpRefused, "no"))
	e.backUp()
	e.ExecuteWorkflow(workflows.BackupRun, runInput())
	require.Equal(t, failure.DumpRefused, e.failed(t).Code)
	require.Equal(t, jobs.Work{
		Worker: jobs.Worker{Host: "first"}, SignIn: jobs.SignIn{Kind: "key-vault", Version: "4f6a"}, Source: source,
	}, e.records[0].Work)
}

// TestTheRecordOfARestore has the target even of a restore whose target is refused.
func TestTheRecordOfARestore(t *testing.T) {
	t.Parallel()
	const input = `{"instance":"shop/orders","target":{"server":{"host":"db2.example.com"},"database":"copy","tables":["a.b"]}}`
	target := jobs.Place{Server: "db2.example.com:5432", Database: "copy", Tables: []string{"a.b"}}
	checked := activities.SignedIn{SignIn: jobs.SignIn{Kind: "entra", User: "restorer"}, By: jobs.Worker{Host: "first"}}
	loading := activities.SignedIn{SignIn: jobs.SignIn{Kind: "entra", User: "restorer"}, By: jobs.Worker{Host: "second"}}
	var ignored []string
	for n := range 30 {
		ignored = append(ignored, fmt.Sprint("harmless ", n))
	}
	restored := func(check, load error) jobs.Record {
		e := newEnv(t)
		e.OnActivity("FindPoint", mock.Anything, mock.Anything).Return(activities.PointRef{Instance: "shop/orders", Point: plan.Point, Database: "orders"}, nil)
		e.OnActivity("Hold", mock.Anything, mock.Anything).Return(activities.HeldPoint{}, nil)
		e.OnActivity("CheckTarget", mock.Anything, mock.Anything).Return(checked, check)
		e.OnActivity("RestoreDatabase", mock.Anything, mock.Anything).Return(activities.RestoredDatabase{OID: 1, Rows: &rows, Bytes: 99, Ignored: ignored, SignedIn: loading}, load)
		e.OnActivity("PublishDatabase", mock.Anything, mock.Anything).Return(activities.PublishedDatabase{Ignored: []string{"a setting"}}, nil)
		e.OnActivity("DropTarget", mock.Anything, mock.Anything).Return(nil)
		e.OnActivity("ReleaseHold", mock.Anything, mock.Anything).Return(nil)
		e.ExecuteWorkflow(workflows.Restore, raw(input))
		require.Len(t, e.records, 1)
		return e.records[0]
	}
	require.Equal(t, jobs.Work{
		Worker: loading.By, SignIn: loading.SignIn, Target: target, Rows: &rows, Bytes: 99, Ignored: 31, IgnoredErrors: ignored[:20],
	}, restored(nil, nil).Work)
	require.Equal(t, jobs.Work{Worker: checked.By, SignIn: checked.SignIn, Target: target}, restored(nil, userError(failure.RestoreStatement, "no")).Work)
	require.Equal(t, jobs.Work{Target: target}, restored(userError(failure.DatabaseNameAlreadyInUse, "no"), nil).Work)
}
