package jobs_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/proof"
)

func TestTheRefusalOfADrillNamesTheFirstDifferences(t *testing.T) {
	t.Parallel()
	r := jobs.DrillResult{Instance: "shop/orders", Point: "20261124T020000Z-1f2e3d4c", DrillVerdict: jobs.DrillVerdict{
		Verdict: proof.Failed, Differences: []string{"table public.t: rows (expected 2, found 1)", "check sums: failed"}, More: 3,
	}}
	err := r.Refusal()
	require.Equal(t, failure.DrillFailed, failure.CodeOf(err))
	for _, text := range []string{r.Point, "table public.t: rows (expected 2, found 1)", "check sums: failed", "and 3 more"} {
		require.ErrorContains(t, err, text)
	}
	for _, v := range []proof.Verdict{proof.Proven, proof.Partly} {
		r.Verdict = v
		require.NoError(t, r.Refusal())
	}
}

func TestInputOfADrill(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"", "latest", "oldest", "random", "20261124T020000Z-1f2e3d4c"} {
		require.NoError(t, jobs.DrillInput{Instance: "shop/orders", Point: point}.Check(), point)
	}
	for _, in := range []jobs.DrillInput{{}, {Instance: "../x"}, {Instance: "shop/orders", Point: "../x"}} {
		require.Equal(t, failure.InvalidInput, failure.CodeOf(in.Check()), "%+v", in)
	}
}

// Vaults may share a scratch server, and a vault's ID is text of its storage.
func TestDatabasesOfDrills(t *testing.T) {
	t.Parallel()
	const run = "01890c1e-aaaa-bbbb-cccc-0123456789ab"
	name := jobs.DrillDatabase("a\"; --", run, "shop/orders", "1")
	require.Regexp(t, `^pgvault_drill_[0-9a-f]{8}_0123456789ab_[0-9a-f]{12}$`, name)
	require.True(t, strings.HasPrefix(name, jobs.DrillRunDatabases("a\"; --", run)))
	require.NotEqual(t, name, jobs.DrillDatabase("a\"; --", run, "shop/orders", "2"))
	require.NotEqual(t, jobs.DrillDatabases("a"), jobs.DrillDatabases("b"))
}
