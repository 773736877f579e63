package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/workflows"
)

// A restored database that differs is never published. It is dropped, unless the job
// keeps it.
func TestARestoreIsComparedBeforeItIsPublished(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		options       string
		differs, drop bool
	}{{options: ""}, {options: `,"keepFailed":true`, differs: true}, {options: "", differs: true, drop: true}} {
		e := newEnv(t)
		e.OnActivity("FindPoint", mock.Anything, mock.Anything).Return(activities.PointRef{Instance: "shop/orders", Point: plan.Point, Database: "orders"}, nil)
		e.OnActivity("Hold", mock.Anything, mock.Anything).Return(activities.HeldPoint{}, nil)
		e.OnActivity("CheckTarget", mock.Anything, mock.Anything).Return(activities.SignedIn{}, nil)
		e.OnActivity("RestoreDatabase", mock.Anything, mock.Anything).Return(activities.RestoredDatabase{OID: 7}, nil)
		verified := jobs.Verified{Verdict: proof.Partly, Tables: 3, Rows: 9, NotProven: []string{"materialized view x"}}
		if c.differs {
			e.OnActivity("CompareRestored", mock.Anything, mock.Anything).Return(jobs.Verified{}, userError(failure.RestoredDataDiffers, "table x")).Once()
		} else {
			e.OnActivity("CompareRestored", mock.Anything, mock.Anything).Return(verified, nil).Once()
			e.OnActivity("PublishDatabase", mock.Anything, mock.Anything).Return(activities.PublishedDatabase{}, nil).Once()
		}
		if c.drop {
			e.OnActivity("DropTarget", mock.Anything, mock.Anything).Return(nil).Once()
		}
		e.OnActivity("ReleaseHold", mock.Anything, mock.Anything).Return(nil)
		e.ExecuteWorkflow(workflows.Restore, raw(`{"instance":"shop/orders","target":{"server":{"host":"db2.example.com"},"database":"copy","verify":true`+c.options+`}}`))
		if c.differs {
			require.Equal(t, failure.RestoredDataDiffers, e.failed(t).Code)
			e.AssertExpectations(t)
			require.Len(t, e.records[0].Leftovers, map[bool]int{true: 0, false: 1}[c.drop])
			continue
		}
		var result jobs.RestoreResult
		require.NoError(t, e.GetWorkflowError())
		require.NoError(t, e.GetWorkflowResult(&result))
		e.AssertExpectations(t)
		require.Equal(t, &verified, result.Verified)
		require.Equal(t, proof.Partly, e.records[0].Verdict)
	}
}
