package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/workflows"
)

const intoInput = `{"instance":"shop/orders","target":{"server":{"host":"db1.example.com"},"database":"orders","tables":["shop.orders"],"into":{}}}`

// holdPoint mocks the steps before the target is checked, and the last one.
func (e *env) holdPoint() {
	e.OnActivity("FindPoint", mock.Anything, mock.Anything).Return(activities.PointRef{Instance: "shop/orders", Point: plan.Point, Database: "orders"}, nil)
	e.OnActivity("Hold", mock.Anything, mock.Anything).Return(activities.HeldPoint{}, nil)
	e.OnActivity("ReleaseHold", mock.Anything, mock.Anything).Return(nil)
}

func TestTablesComeIntoAnExistingDatabase(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.holdPoint()
	e.OnActivity("CheckTarget", mock.Anything, mock.Anything).Return(activities.SignedIn{By: jobs.Worker{Host: "first"}}, nil)
	e.OnActivity("RestoreDatabase", mock.Anything, mock.Anything).Return(activities.RestoredDatabase{OID: 7, Notes: []string{"loaded"}, Rows: &rows}, nil)
	e.OnActivity("MoveTables", mock.Anything, mock.MatchedBy(func(in activities.IntoWork) bool { return in.OID == 7 && in.Work.Target.Into != nil })).
		Return(activities.MovedTables{Tables: []string{"shop.orders"}, Notes: []string{"moved"}}, nil).Once()
	e.OnActivity("CheckKeys", mock.Anything, mock.Anything).Return(activities.CheckedKeys{Notes: []string{"a key"}}, nil).Once()
	e.OnActivity("DropTarget", mock.Anything, mock.Anything).Return(nil).Once()
	e.ExecuteWorkflow(workflows.Restore, raw(intoInput))
	require.NoError(t, e.GetWorkflowError())
	e.AssertExpectations(t)
	var result jobs.RestoreResult
	require.NoError(t, e.GetWorkflowResult(&result))
	require.Equal(t, []string{"shop.orders"}, result.Tables)
	require.Equal(t, []string{"loaded", "moved", "a key"}, result.Notes)
	require.Equal(t, "orders", result.Database)
	require.Equal(t, "find point, hold point, check target, restore, move into place, check foreign keys", cardSteps(e.card(t)))
	require.Equal(t, &jobs.Into{}, e.records[0].Target.Into)
	require.Equal(t, rows, *e.records[0].Rows)
	require.Empty(t, e.records[0].Leftovers)
}

// Whatever ends the job, its schemas are dropped. Those that could not be are
// named in the error or the result, and in the record.
func TestSchemasOfARestoreAreDropped(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		restored, moved, checked, dropped error
		code                              failure.Code
	}{
		"the load fails":                 {restored: userError(failure.RestoreStatement, "no"), code: failure.RestoreStatement},
		"somebody has made the table":    {moved: userError(failure.TargetTableExists, "taken"), code: failure.TargetTableExists},
		"and nothing can be dropped":     {moved: userError(failure.TargetTableExists, "taken"), dropped: userError(failure.MissingRestorePermissions, "may not"), code: failure.TargetTableExists},
		"keys cannot be checked":         {checked: userError(failure.MissingRestorePermissions, "not yours")},
		"the tables are there, and more": {dropped: userError(failure.MissingRestorePermissions, "may not")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEnv(t)
			e.holdPoint()
			e.OnActivity("CheckTarget", mock.Anything, mock.Anything).Return(activities.SignedIn{}, nil)
			e.OnActivity("RestoreDatabase", mock.Anything, mock.Anything).Return(activities.RestoredDatabase{OID: 7}, c.restored)
			if c.restored == nil {
				e.OnActivity("MoveTables", mock.Anything, mock.Anything).Return(activities.MovedTables{Tables: []string{"shop.orders"}}, c.moved)
			}
			if c.code == "" {
				e.OnActivity("CheckKeys", mock.Anything, mock.Anything).Return(activities.CheckedKeys{}, c.checked)
			}
			e.OnActivity("DropTarget", mock.Anything, mock.Anything).Return(c.dropped).Once()
			e.ExecuteWorkflow(workflows.Restore, raw(intoInput))
			e.AssertExpectations(t)
			said := ""
			if c.code == "" {
				require.NoError(t, e.GetWorkflowError())
				var result jobs.RestoreResult
				require.NoError(t, e.GetWorkflowResult(&result))
				require.Len(t, result.Notes, 1)
				said = result.Notes[0]
			} else {
				found := e.failed(t)
				require.Equal(t, c.code, found.Code)
				said = found.Error() + found.Action
			}
			if c.checked != nil {
				require.Contains(t, said, "not yours")
			}
			if c.dropped == nil {
				require.Empty(t, e.records[0].Leftovers)
				return
			}
			require.Len(t, e.records[0].Leftovers, 2)
			schemas, definitions := e.records[0].Leftovers[0], e.records[0].Leftovers[1]
			require.Equal(t, "orders", schemas.Database)
			require.Equal(t, activities.RescueSchemas(definitions.Database), schemas.Schemas)
			require.Contains(t, said, schemas.Schemas)
			require.Contains(t, said, "DROP SCHEMA")
			require.Contains(t, said, definitions.Database)
			require.Contains(t, said, "may not")
		})
	}
}
