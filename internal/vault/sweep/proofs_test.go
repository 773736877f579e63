package sweep_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// TestASweepLeavesRecordsOfDrills: a chain that begins in its middle cannot be told
// from one that somebody has cut.
func TestASweepLeavesRecordsOfDrills(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.hard(t)
	b.point(t, 40)
	b.point(t, 0)
	_, err := b.Vault.AppendProof(t.Context(), statement.Unsigned{}, proof.Record{Instance: instanceName, Job: proof.Job{RunID: "run"}, RecordedAt: b.now()})
	require.NoError(t, err)
	b.pass(20 * 365 * 24 * time.Hour)
	report := b.sweep(t)
	require.NotZero(t, report.Removed)
	all, err := b.Vault.ListProofs(t.Context(), instanceName)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.False(t, all[0].Deleted())
}
