package vault_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/jobs"
)

// TestLeftoversOfRestores are found by sweeps until a rerun takes them back, or
// a month has passed.
func TestLeftoversOfRestores(t *testing.T) {
	t.Parallel()
	b := setup(t)
	now := time.Now().UTC()
	left := []jobs.Leftover{{Server: "db.example.com:5432", Database: "pgvault_restore_0123456789ab", Reason: "it has a subscription"}}
	failed := jobs.Record{ID: "restore/shop/orders", RunID: "11111111", Operation: "Restore", Ended: now.Add(-time.Hour), Outcome: "failed", Leftovers: left}
	old := jobs.Record{ID: "restore/shop/old", RunID: "22222222", Operation: "Restore", Ended: now.AddDate(0, -2, 0), Outcome: "failed", Leftovers: left}
	clean := jobs.Record{ID: "restore/shop/clean", RunID: "33333333", Operation: "Restore", Ended: now, Outcome: "completed"}
	for _, r := range []jobs.Record{failed, old, clean} {
		require.NoError(t, b.PutJob(t.Context(), r))
	}
	jobs, err := b.ListJobs(t.Context(), now.AddDate(0, 0, -1), now)
	require.NoError(t, err)
	require.Len(t, jobs, 2)
	require.Equal(t, left, jobs[1].Leftovers)

	lines, err := b.Leftovers(t.Context(), now, true)
	require.NoError(t, err)
	require.Len(t, lines, 1)
	require.Contains(t, lines[0], `database "pgvault_restore_0123456789ab" on server db.example.com:5432, left by job restore/shop/orders`)
	require.Contains(t, lines[0], "subscription")

	rerun := failed
	rerun.RunID, rerun.Outcome, rerun.Leftovers = "44444444", "completed", nil
	require.NoError(t, b.PutJob(t.Context(), rerun))
	for range 2 {
		lines, err = b.Leftovers(t.Context(), now, true)
		require.NoError(t, err)
		require.Empty(t, lines)
	}
}
