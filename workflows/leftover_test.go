package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/workflows"
)

// The database is named in the error, with what to do, and in the job's record.
// A loaded database is not dropped if only its renaming failed.
func TestWhatAFailedRestoreLeavesIsNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		restored, published, dropped error
		left                         string
	}{
		"somebody is in the loaded database": {published: userError(failure.DatabaseNameAlreadyInUse, "taken"), left: "not been given its name"},
		"it is gone":                         {published: userError(failure.RestoreStatement, "gone")},
		"it cannot be dropped":               {restored: userError(failure.RestoreStatement, "no"), dropped: userError(failure.MissingRestorePermissions, "may not"), left: "may not"},
		"it is dropped":                      {restored: userError(failure.RestoreStatement, "no")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEnv(t)
			e.OnActivity("FindPoint", mock.Anything, mock.Anything).Return(activities.PointRef{Instance: "shop/orders", Point: plan.Point, Database: "orders"}, nil)
			e.OnActivity("Hold", mock.Anything, mock.Anything).Return(activities.HeldPoint{}, nil)
			e.OnActivity("CheckTarget", mock.Anything, mock.Anything).Return(activities.SignedIn{}, nil)
			e.OnActivity("RestoreDatabase", mock.Anything, mock.Anything).Return(activities.RestoredDatabase{OID: 7}, c.restored)
			if c.restored == nil {
				e.OnActivity("PublishDatabase", mock.Anything, mock.Anything).Return(activities.PublishedDatabase{}, c.published)
			}
			if c.restored != nil || c.left == "" {
				e.OnActivity("DropTarget", mock.Anything, mock.Anything).Return(c.dropped).Once()
			}
			e.OnActivity("ReleaseHold", mock.Anything, mock.Anything).Return(nil)
			e.ExecuteWorkflow(workflows.Restore, raw(`{"instance":"shop/orders","target":{"server":{"host":"db2.example.com"},"database":"copy"}}`))
			failed := e.failed(t)
			e.AssertExpectations(t)
			require.Len(t, e.records, 1)
			if c.left == "" {
				require.Empty(t, e.records[0].Leftovers)
				return
			}
			require.Len(t, e.records[0].Leftovers, 1)
			left := e.records[0].Leftovers[0]
			require.Equal(t, "db2.example.com:5432", left.Server)
			require.Contains(t, left.Reason, c.left)
			require.Contains(t, failed.Error(), left.Database)
			require.Contains(t, e.records[0].Message, left.Database)
		})
	}
}
