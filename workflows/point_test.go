package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/workflows"
)

func TestDeletionTellsWhoAndWhy(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	until := begun.AddDate(0, 0, 14)
	e.OnActivity("DeletePoint", mock.Anything, mock.MatchedBy(func(in activities.PointChange) bool {
		return in.Instance == "shop/orders" && in.Point == "p" && in.Reason == "a person's wish" && in.Job.ID != ""
	})).Return(activities.PointChanged{Identity: "ada@example.com", Until: until}, nil)
	e.ExecuteWorkflow(workflows.DeletePoint, raw(`{"instance":"shop/orders","point":"p","reason":"a person's wish"}`))
	require.NoError(t, e.GetWorkflowError())
	var result jobs.PointResult
	require.NoError(t, e.GetWorkflowResult(&result))
	require.Equal(t, jobs.PointResult{Instance: "shop/orders", Point: "p", Until: until}, result)
	require.Contains(t, e.card(t), "can be brought back until 2026-12-08")
	require.Equal(t, "ada@example.com", e.records[0].Identity)
	require.Equal(t, "a person's wish", e.records[0].Reason)
	require.Equal(t, "p", e.records[0].Point)
}

func TestUndeletionKeepsThePointForAWhile(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]policy.Duration{
		`{"instance":"shop/orders","point":"p"}`:               {Days: 14},
		`{"instance":"shop/orders","point":"p","keep":"1y6m"}`: {Years: 1, Months: 6},
	} {
		e := newEnv(t)
		e.OnActivity("UndeletePoint", mock.Anything, mock.MatchedBy(func(in activities.PointChange) bool { return in.Keep == want })).
			Return(activities.PointChanged{Until: begun.Add(time.Hour)}, nil)
		e.ExecuteWorkflow(workflows.UndeletePoint, raw(text))
		require.NoError(t, e.GetWorkflowError())
	}
}

// A point whose expiry cannot be read has none.
func TestUndeletionOfAPointWithoutAnExpiry(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.OnActivity("UndeletePoint", mock.Anything, mock.Anything).Return(activities.PointChanged{}, nil)
	e.ExecuteWorkflow(workflows.UndeletePoint, raw(`{"instance":"shop/orders","point":"p"}`))
	require.NoError(t, e.GetWorkflowError())
	require.Contains(t, e.card(t), "kept without an end")
	require.NotContains(t, e.card(t), "0001")
}

func TestPointChangesAreStrictAboutTheirInput(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{}`, `{"instance":"shop/orders"}`, `{"instance":"Shop","point":"p"}`, `{"instance":"shop/orders","point":"p","pont":"q"}`,
	} {
		for _, kind := range []string{"DeletePoint", "UndeletePoint"} {
			e := newEnv(t)
			e.ExecuteWorkflow(kind, raw(text))
			require.Equal(t, failure.InvalidInput, e.failed(t).Code, text)
		}
	}
	e := newEnv(t)
	e.ExecuteWorkflow("UndeletePoint", raw(`{"instance":"shop/orders","point":"p","keep":"a while"}`))
	require.Equal(t, failure.InvalidInput, e.failed(t).Code)
}
