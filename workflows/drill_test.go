package workflows_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/workflows"
)

// drillInput is the input of a drill without checks.
var drillInput = jobs.DrillRunInput{
	DrillInput: jobs.DrillInput{Instance: "shop/orders"}, VaultID: "0a1b2c3d",
	Drill: instance.Drill{Server: instance.Server{Host: "scratch.example.com", Port: 5432}, Points: instance.DrillLatest},
	Job:   jobs.Ref{ID: "drill/shop/orders/x", RunID: "run"},
}

// drills answers for the steps of a drill that finds nothing, in a vault with
// immutability policies.
func (e *env) drills() {
	point := activities.PointRef{Instance: "shop/orders", Point: plan.Point, Database: "orders"}
	e.OnActivity("FindDrillPoint", mock.Anything, mock.Anything).Return(point, nil)
	e.OnActivity("Hold", mock.Anything, mock.Anything).Return(activities.HeldPoint{}, nil)
	e.OnActivity("ReleaseHold", mock.Anything, mock.Anything).Return(nil)
	e.OnActivity("CheckTarget", mock.Anything, mock.Anything).Return(activities.SignedIn{}, nil)
	e.OnActivity("RestoreRoles", mock.Anything, mock.Anything).Return(activities.RestoredRoles{}, nil)
	e.OnActivity("RestoreDatabase", mock.Anything, mock.Anything).Return(activities.RestoredDatabase{OID: 7}, nil)
	e.OnActivity("PublishDatabase", mock.Anything, mock.Anything).Return(activities.PublishedDatabase{}, nil)
	for _, look := range []string{"CompareRows", "CompareDefinitions", "AMCheck"} {
		e.OnActivity(look, mock.Anything, mock.Anything).Return(activities.DrillFinding{}, nil)
	}
	e.OnActivity("DropTarget", mock.Anything, mock.Anything).Return(nil).Once()
	e.OnActivity("RecordDrill", mock.Anything, mock.Anything).Return(activities.RecordedDrill{
		Record:       vault.ProofRef{Blob: "proofs/shop/orders/00000003.json", Sequence: 3},
		DrillVerdict: jobs.DrillVerdict{Verdict: proof.Proven}, Immutable: true,
	}, nil).Once()
}

func TestADrillLocksItsRecord(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.drills()
	var locked []activities.LockProofInput
	e.OnActivity("LockProof", mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.LockProofInput) (activities.LockResult, error) {
		e.AssertCalled(t, "RecordDrill", mock.Anything, mock.Anything)
		locked = append(locked, in)
		return activities.LockResult{Until: committed.Expires, Blobs: 1}, nil
	})
	e.ExecuteWorkflow(workflows.DrillRun, drillInput)
	require.NoError(t, e.GetWorkflowError())
	require.Equal(t, []activities.LockProofInput{{Instance: "shop/orders", Sequence: 3}}, locked)
	require.Contains(t, e.card(t), "| lock | done |")
	e.AssertExpectations(t)
}

func TestARecordThatIsNotLockedIsAFlawOfItsDrill(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.drills()
	e.OnActivity("LockProof", mock.Anything, mock.Anything).
		Return(activities.LockResult{}, userError(failure.MissingImmutabilityPermissions, "the identity may not set immutability policies")).Once()
	e.ExecuteWorkflow(workflows.DrillRun, drillInput)
	require.NoError(t, e.GetWorkflowError(), "the record is evidence nevertheless")
	require.Equal(t, "completed", e.records[0].Outcome)
	require.Equal(t, string(failure.MissingImmutabilityPermissions), e.records[0].Code)
	e.AssertExpectations(t)
}
