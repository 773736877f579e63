package scale_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/scrub"
	"github.com/pgvault/pgvault/internal/vault"
)

// planScrub plans a scrub of a vault whose points were never read again.
func planScrub(t testing.TB, v *vault.Vault, l *listing, every policy.Duration, room scrub.Room) scrub.Plan {
	t.Helper()
	plan, err := v.PlanScrub(t.Context(), scrub.Rules{Now: l.begun, Every: every}, room)
	require.NoError(t, err)
	return plan
}

// TestAScrubIsPlannedFromListings counts the requests for 100,000 points.
func TestAScrubIsPlannedFromListings(t *testing.T) {
	t.Parallel()
	l := &listing{instances: 1000, points: 100}
	plan := planScrub(t, vault.New(l.serve(t)), l, policy.Duration{Days: 60}, scrub.Room{Bytes: 500 << 30, Points: 400})
	require.Len(t, plan.Points, 400)
	for _, p := range plan.Points {
		require.Equal(t, l.point(0), p.Stored.UTC(), "the oldest are first")
	}
	require.Equal(t, scrub.Coverage{
		Points: 100_000, Bytes: 100_000 << 30, ReadPoints: 59_000, ReadBytes: 59_000 << 30, Oldest: plan.Coverage.Oldest,
	}, plan.Coverage)
	require.Equal(t, l.point(0), plan.Coverage.Oldest.UTC())
	require.Equal(t, map[string]int{"page": l.pages()}, l.asked, "no other request")
}

// BenchmarkPlanScrub plans a scrub of 100,000 points.
func BenchmarkPlanScrub(b *testing.B) {
	l := &listing{instances: 1000, points: 100}
	v := vault.New(l.serve(b))
	for b.Loop() {
		planScrub(b, v, l, policy.Duration{Days: 60}, scrub.Room{Bytes: 500 << 30, Points: 500})
	}
}
