package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/workflows"
)

func TestARestoreSaysThatItsPointIsNotSigned(t *testing.T) {
	t.Parallel()
	for target, step := range map[string]string{
		`{"container":"https://account.blob.core.windows.net/files"}`:                                 "CopyFiles",
		`{"server":{"host":"db2.example.com"},"database":"orders","tables":["a.b"],"content":"data"}`: "RestoreDatabase",
	} {
		e := newEnv(t)
		e.OnActivity("FindPoint", mock.Anything, mock.Anything).Return(activities.PointRef{Instance: "shop/orders", Point: plan.Point, Database: "orders", Note: "no signature"}, nil)
		e.OnActivity("Hold", mock.Anything, mock.Anything).Return(activities.HeldPoint{}, nil)
		e.OnActivity("CheckTarget", mock.Anything, mock.Anything).Return(activities.SignedIn{}, nil)
		e.OnActivity("CheckContainer", mock.Anything, mock.Anything).Return(nil)
		e.OnActivity("CopyFiles", mock.Anything, mock.Anything).Return(activities.CopiedFiles{Names: []string{"dump"}}, nil)
		e.OnActivity("RestoreDatabase", mock.Anything, mock.Anything).Return(activities.RestoredDatabase{}, nil)
		e.OnActivity("ReleaseHold", mock.Anything, mock.Anything).Return(nil)
		e.ExecuteWorkflow(workflows.Restore, raw(`{"instance":"shop/orders","target":`+target+`}`))
		require.NoError(t, e.GetWorkflowError())
		var result jobs.RestoreResult
		require.NoError(t, e.GetWorkflowResult(&result))
		require.Equal(t, []string{"no signature"}, result.Notes, step)
		require.Contains(t, cardRow(t, e.card(t), "find point"), "not signed")
	}
}

func TestAVerificationSaysWhichPointsAreNotSigned(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.stored(20, func(point string) (jobs.VerifiedPoint, error) {
		return jobs.VerifiedPoint{State: jobs.PointGood, Note: point + " is not signed"}, nil
	})
	e.ExecuteWorkflow(workflows.Verify, raw(`{"instance":"shop/orders","all":true}`))
	require.NoError(t, e.GetWorkflowError())
	var result jobs.VerifyResult
	require.NoError(t, e.GetWorkflowResult(&result))
	require.Equal(t, 20, result.Unsigned)
	require.Len(t, result.Notes, 10)
	require.Equal(t, "000020 is not signed", result.Notes[0])
	require.Contains(t, cardRow(t, e.card(t), "read back"), "20 good, 20 of them not signed")
}
