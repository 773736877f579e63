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

func TestReapplyPolicy(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	want := jobs.ReapplyPolicyResult{Identity: "ada@example.com", Points: 3, Longer: 2, Shorter: 1, Report: "r"}
	e.OnActivity("Reapply", mock.Anything, mock.MatchedBy(func(in activities.ReapplyInput) bool {
		return in.Instance == "shop/orders" && in.DryRun && in.Reason == "why"
	})).Return(want, nil).Once()
	e.ExecuteWorkflow(workflows.ReapplyPolicy, raw(`{"instance":"shop/orders","dryRun":true,"reason":"why"}`))
	require.NoError(t, e.GetWorkflowError())
	var result jobs.ReapplyPolicyResult
	require.NoError(t, e.GetWorkflowResult(&result))
	require.Equal(t, want, result)
	require.Contains(t, e.card(t), "2 kept longer, 1 shorter")
	require.Equal(t, "ada@example.com", e.records[0].Identity)

	for _, text := range []string{`{}`, `{"instance":"shop/orders","dry":true}`} {
		e := newEnv(t)
		e.ExecuteWorkflow(workflows.ReapplyPolicy, raw(text))
		require.Equal(t, failure.InvalidInput, e.failed(t).Code)
	}
}
