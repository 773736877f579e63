package activities_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/pgvault/pgvault/activities"
)

// A fault in the code of one step must not end the worker, and with it the other
// jobs. The next attempt begins the work again.
func TestAPanicOfCarriedWorkFailsItsAttempt(t *testing.T) {
	t.Parallel()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	carrier, works := &activities.Carrier{}, 0
	env.RegisterActivityWithOptions(func(ctx context.Context) (string, error) {
		return activities.Carry(ctx, carrier, func(context.Context) (string, error) {
			if works++; works == 1 {
				panic("a fault")
			}
			return "done", nil
		})
	}, activity.RegisterOptions{Name: "Step"})

	_, err := env.ExecuteActivity("Step")
	var panicked *temporal.PanicError
	require.ErrorAs(t, err, &panicked)
	require.Contains(t, panicked.Error(), "a fault")

	value, err := env.ExecuteActivity("Step")
	require.NoError(t, err)
	var result string
	require.NoError(t, value.Get(&result))
	require.Equal(t, "done", result)
}
