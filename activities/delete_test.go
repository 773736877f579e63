package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/mocks"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/vault"
)

// pruner returns the deleting steps of a committer's vault with a soft-delete
// term.
func (c committer) pruner(t *testing.T, soft instance.SoftDelete) *activities.Prune {
	t.Helper()
	_, err := c.backup.Vault.PutSettings(t.Context(), instance.VaultSettings{SoftDelete: soft}, "")
	require.NoError(t, err)
	_, err = c.backup.Vault.PutInstance(t.Context(), instance.Instance{Name: "shop/orders"})
	require.NoError(t, err)
	nobody := mocks.NewHistoryEventIterator(t)
	nobody.On("HasNext").Return(false)
	temporal := mocks.NewClient(t)
	temporal.On("GetWorkflowHistory", mock.Anything, mock.Anything, mock.Anything, mock.Anything, mock.Anything).Return(nobody)
	return &activities.Prune{Vault: vault.New(c.backup.Container), Container: c.backup.Container, Temporal: temporal, Now: time.Now}
}

func run[T any](t *testing.T, group, activity, input any) (result T) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(group)
	value, err := env.ExecuteActivity(activity, input)
	require.NoError(t, err)
	require.NoError(t, value.Get(&result))
	return result
}

// tried returns the error of an activity, as a worker reports it.
func tried(t *testing.T, group, activity, input any) error {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{temporalx.NewErrorInterceptor()}})
	env.RegisterActivity(group)
	_, err := env.ExecuteActivity(activity, input)
	return err
}

// Deleting a point that is deleted already returns the existing term.
func TestDeletingAgainTellsTheTermThatStands(t *testing.T) {
	t.Parallel()
	c := newCommitter(t)
	in := c.dumped(t, time.Now(), "00000001")
	c.commit(t, in)
	prune := c.pruner(t, instance.SoftDelete{})
	at := time.Now().UTC().Truncate(time.Second)
	before := vault.Tombstone{At: at.AddDate(0, 0, -13), Until: at.AddDate(0, 0, 1), Job: "delete/1"}
	require.NoError(t, prune.Vault.SoftDelete(t.Context(), "shop/orders", in.Plan.Point, before))
	done := run[activities.PointChanged](t, prune, prune.DeletePoint, activities.PointChange{Instance: "shop/orders", Point: in.Plan.Point})
	require.Equal(t, before.Until, done.Until.UTC())
}

// An interrupted removal does not prevent the deletion of all data.
func TestDeletingAllDataTakesWhatIsBeingRemovedAlong(t *testing.T) {
	t.Parallel()
	c := newCommitter(t)
	begun, good := c.dumped(t, time.Now().AddDate(0, 0, -1), "00000001"), c.dumped(t, time.Now(), "00000002")
	c.commit(t, begun)
	c.commit(t, good)
	prune := c.pruner(t, instance.SoftDelete{Off: true})
	_, err := prune.Container.Put(t.Context(), "instances/shop/orders/points/"+begun.Plan.Point+"/removal.json", []byte("{}\n"), nil)
	require.NoError(t, err)
	done := run[activities.DeletedData](t, prune, prune.DeleteData, activities.ProtectionChange{Instance: "shop/orders"})
	require.Equal(t, activities.DeletedData{Points: 2}, done)
	left, err := prune.Vault.ListPoints(t.Context(), "shop/orders")
	require.NoError(t, err)
	require.Empty(t, left)
}
