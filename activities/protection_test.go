package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault"
)

// An attempt that finds the state written by an earlier one returns the state
// before that.
func TestAnotherAttemptTellsTheStateOfBefore(t *testing.T) {
	t.Parallel()
	prune := newCommitter(t).pruner(t, instance.SoftDelete{})
	change := func(id string, state vault.ProtectionState) activities.ProtectionChanged {
		in := activities.ProtectionChange{Instance: "shop/orders", State: state, Job: jobs.Ref{ID: "stop/shop/orders", RunID: id}}
		return run[activities.ProtectionChanged](t, prune, prune.SetProtection, in)
	}
	first := change("run 1", vault.DataDeleted)
	require.Equal(t, vault.Protected, first.Before)
	require.Equal(t, first, change("run 1", vault.DataDeleted), "another attempt of the same job")
	require.Equal(t, vault.DataDeleted, change("run 2", vault.DataDeleted).Before, "another job")
	require.Equal(t, vault.DataDeleted, change("run 3", vault.Protected).Before)
}
