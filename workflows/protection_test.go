package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault"
)

func (e *env) protection(want vault.ProtectionState) {
	e.OnActivity("SetProtection", mock.Anything, mock.MatchedBy(func(in activities.ProtectionChange) bool { return in.State == want })).
		Return(activities.ProtectionChanged{Before: vault.Protected, Now: vault.Protection{State: want, Identity: "ada@example.com"}}, nil).Once()
	e.OnActivity("SwitchSchedules", mock.Anything, activities.InstanceRef{Instance: "shop/orders"}).Return(nil).Once()
}

func TestStopTellsWhoAndWhyAndDeletesNothing(t *testing.T) {
	t.Parallel()
	for mode, state := range map[string]vault.ProtectionState{"retain-forever": vault.RetainForever, "retain-as-per-policy": vault.RetainAsPerPolicy} {
		e := newEnv(t)
		e.protection(state)
		e.ExecuteWorkflow("StopProtection", raw(`{"instance":"shop/orders","mode":"`+mode+`","reason":"moved"}`))
		require.NoError(t, e.GetWorkflowError())
		var result jobs.ProtectionResult
		require.NoError(t, e.GetWorkflowResult(&result))
		require.Equal(t, jobs.ProtectionResult{Instance: "shop/orders", State: string(state), Before: "protected"}, result)
		require.Equal(t, "ada@example.com", e.records[0].Identity)
		require.Equal(t, "moved", e.records[0].Reason)
		e.AssertExpectations(t)
	}
}

// The name is checked here, whatever tool starts the job.
func TestAllDataIsDeletedOnlyForTheTypedName(t *testing.T) {
	t.Parallel()
	for _, confirm := range []string{"", "shop/order", "Shop/orders", "shop/orders "} {
		e := newEnv(t)
		e.ExecuteWorkflow("StopProtection", raw(`{"instance":"shop/orders","mode":"delete-data","confirm":"`+confirm+`"}`))
		require.Equal(t, failure.InvalidInput, e.failed(t).Code)
		require.ErrorContains(t, e.GetWorkflowError(), "shop/orders")
	}
	e := newEnv(t)
	e.protection(vault.DataDeleted)
	e.OnActivity("DeleteData", mock.Anything, mock.Anything).Return(activities.DeletedData{Points: 7, Until: begun.AddDate(0, 0, 14)}, nil).Once()
	e.ExecuteWorkflow("StopProtection", raw(`{"instance":"shop/orders","mode":"delete-data","confirm":"shop/orders"}`))
	require.NoError(t, e.GetWorkflowError())
	var result jobs.ProtectionResult
	require.NoError(t, e.GetWorkflowResult(&result))
	require.Equal(t, 7, result.Deleted)
	e.AssertExpectations(t)
}

func TestProtectionIsStrictAboutItsInput(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"instance":"shop/orders"}`, `{"instance":"shop/orders","mode":"retain"}`, `{"mode":"retain-forever"}`, `{"instance":"shop/orders","mode":"retain-forever","retian":true}`,
	} {
		e := newEnv(t)
		e.ExecuteWorkflow("StopProtection", raw(text))
		require.Equal(t, failure.InvalidInput, e.failed(t).Code, text)
	}
	e := newEnv(t)
	e.ExecuteWorkflow("ResumeProtection", raw(`{"instance":"shop/orders","mode":"retain-forever"}`))
	require.Equal(t, failure.InvalidInput, e.failed(t).Code)
	e = newEnv(t)
	e.protection(vault.Protected)
	e.ExecuteWorkflow("ResumeProtection", raw(`{"instance":"shop/orders"}`))
	require.NoError(t, e.GetWorkflowError())
}
