package sweep_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/vault/statement"
	"github.com/pgvault/pgvault/internal/vault/sweep"
)

// drill stores the record of a drill of a point.
func (b *bundle) drill(t *testing.T, point string, verdict proof.Verdict) {
	t.Helper()
	_, err := b.Vault.AppendProof(t.Context(), statement.Unsigned{}, proof.Record{
		Instance: instanceName, Point: proof.Point{ID: point}, Verdict: verdict, RecordedAt: b.Now(), Job: proof.Job{RunID: point + string(verdict)},
	})
	require.NoError(t, err)
}

// kept returns the reasons of the points that a sweep has kept.
func kept(r sweep.Report) map[string]string {
	all := map[string]string{}
	for _, d := range r.Decisions {
		if !d.Remove {
			all[d.Point] = d.Reason[:len("last proven point")]
		}
	}
	return all
}

// TestTheLastProvenPointIsKept: a point stays after its expiry until a newer one is
// proven, if the vault's settings do not say otherwise.
func TestTheLastProvenPointIsKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, second, third := b.point(t, 50), b.point(t, 40), b.point(t, 1)
	b.drill(t, first, proof.Partly)
	b.drill(t, second, proof.Proven)
	b.drill(t, second, proof.Failed)
	report := b.sweep(t)
	require.Equal(t, "last proven point", kept(report)[first], "the newest drill of the other one found something")
	require.Equal(t, 1, report.Removed)

	b.drill(t, third, proof.Proven)
	report = b.sweep(t)
	require.Equal(t, 1, report.Removed, "a newer one is proven")
	require.NotContains(t, kept(report), first)
	require.Contains(t, kept(report), third)
}

func TestAVaultThatLetsProvenPointsExpire(t *testing.T) {
	t.Parallel()
	b := setup(t)
	no := false
	b.settings(t, instance.VaultSettings{Sweep: instance.Sweep{OrphanGrace: policy.ClockDuration(time.Hour)}, KeepLastProven: &no})
	proven := b.point(t, 50)
	b.point(t, 1)
	b.drill(t, proven, proof.Proven)
	require.NotContains(t, kept(b.sweep(t)), proven)
}

// TestAResumedSweepKnowsWhatIsProven: the point that stays is listed in an earlier
// stretch than the one that ends the instance.
func TestAResumedSweepKnowsWhatIsProven(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.PageSize = 5
	first := b.point(t, 50)
	for age := 49; age > 40; age-- {
		b.point(t, age)
	}
	b.point(t, 1)
	b.drill(t, first, proof.Proven)
	b.AllowMass = []string{instanceName}
	removed, reasons := 0, map[string]string{}
	for from := (sweep.Cursor{}); !from.Walk.Done; {
		report, next, err := b.Sweep(t.Context(), from, 1, &sweep.Tally{})
		require.NoError(t, err)
		removed += report.Removed
		for point, reason := range kept(report) {
			reasons[point] = reason
		}
		from = next
	}
	require.Equal(t, 9, removed)
	require.Equal(t, "last proven point", reasons[first])
}
