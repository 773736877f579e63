package metrics_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/estate/metrics"
	"github.com/pgvault/pgvault/internal/policy/scrub"
	"github.com/pgvault/pgvault/internal/proof"
)

var now = time.Unix(1_800_000_000, 0)

// export exports an estate that was set some time ago, by a worker whose clock is a
// year behind that of the storage.
func export(t *testing.T, e estate.Estate, ago time.Duration) *prometheus.Registry {
	t.Helper()
	read := false
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics.NewExporter(func() (estate.Estate, time.Duration, bool) { return e, ago, read }))
	families, err := registry.Gather()
	require.NoError(t, err)
	require.Empty(t, families, "before the first estate there is nothing")
	read = true
	return registry
}

func sample() estate.Estate {
	good := &estate.Backup{Committed: now.Add(-time.Hour), Bytes: 3000, Seconds: 12.5}
	return estate.Estate{
		At: now, Vault: estate.Vault{
			Sweep: estate.Sweep{LastSuccess: now.Add(-2 * time.Hour)}, Safety: estate.Safety{Versions: true, SoftDeleteUnseen: true, Shortfall: "it lacks"},
			Unseen:   []string{"list schedules: the server does not answer"},
			Problems: []estate.Problem{{Kind: estate.KindSafetyWeakened, Severity: estate.Critical}, {Kind: estate.KindNoWorker, Severity: estate.Warning}},
		},
		Instances: []estate.Instance{
			{
				Name: "shop/orders", Database: "orders", Server: "db.example.com", Policy: "nightly", Protection: estate.Protection{State: estate.Protected},
				Objective: estate.Objective{Seconds: 7200}, ProtectedSince: now.Add(-100 * time.Hour), LastGood: good,
				Tiers:       map[string]estate.Count{"Hot": {Points: 3, Bytes: 9000}, "Archive": {Points: 1, Bytes: 2000}},
				LastFailure: &estate.Failure{At: now.Add(-90 * time.Minute), Code: "UserErrorInvalidSecret"},
				Drill: &estate.Drill{
					Due: now.Add(time.Hour), RestoreSeconds: 90, EarlierRestoreSeconds: 60.5,
					Last: &estate.Proof{At: now.Add(-3 * time.Hour), Verdict: proof.Failed}, LastProven: &estate.Proof{At: now.Add(-30 * time.Hour)},
				},
				Scrub: &scrub.Coverage{Bytes: 4000, ReadBytes: 3000},
			},
			{
				Name: "shop/never", Drill: &estate.Drill{Due: now}, Database: "a\"b\\c\nd\xff", Protection: estate.Protection{State: estate.NotScheduled},
				Objective: estate.Objective{Seconds: 3600}, ProtectedSince: now.Add(-2 * time.Hour),
			},
			{Name: "shop/stopped", Protection: estate.Protection{State: estate.Stopped}, Objective: estate.Objective{Seconds: 60}, LastGood: good, ProtectedSince: now.Add(-90 * time.Hour)},
		},
	}
}

func TestMetricsOfAnEstate(t *testing.T) {
	t.Parallel()
	registry := export(t, sample(), 0)
	require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP pgvault_instance_fresh 1 if the newest good recovery point is younger than the objective at the time of the scrape; absent while the protection is stopped.
# TYPE pgvault_instance_fresh gauge
pgvault_instance_fresh{backup_instance="shop/never"} 0
pgvault_instance_fresh{backup_instance="shop/orders"} 1
# HELP pgvault_instance_freshness_objective_seconds Age that the newest good recovery point must not exceed; absent while the protection is stopped.
# TYPE pgvault_instance_freshness_objective_seconds gauge
pgvault_instance_freshness_objective_seconds{backup_instance="shop/never"} 3600
pgvault_instance_freshness_objective_seconds{backup_instance="shop/orders"} 7200
# HELP pgvault_instance_info 1, with what is fixed of a backup instance as labels.
# TYPE pgvault_instance_info gauge
pgvault_instance_info{backup_instance="shop/never",database="a\"b\\c\nd?",policy="",protection="not-scheduled",server=""} 1
pgvault_instance_info{backup_instance="shop/orders",database="orders",policy="nightly",protection="protected",server="db.example.com"} 1
pgvault_instance_info{backup_instance="shop/stopped",database="",policy="",protection="stopped",server=""} 1
# HELP pgvault_instance_last_good_timestamp_seconds Time at which the newest good recovery point was stored; 0 if there is none.
# TYPE pgvault_instance_last_good_timestamp_seconds gauge
pgvault_instance_last_good_timestamp_seconds{backup_instance="shop/never"} 0
pgvault_instance_last_good_timestamp_seconds{backup_instance="shop/orders"} 1.7999964e+09
pgvault_instance_last_good_timestamp_seconds{backup_instance="shop/stopped"} 1.7999964e+09
# HELP pgvault_instance_last_failure_timestamp_seconds End of the last failed backup of the last weeks, with its error code; absent if there is none.
# TYPE pgvault_instance_last_failure_timestamp_seconds gauge
pgvault_instance_last_failure_timestamp_seconds{backup_instance="shop/orders",code="UserErrorInvalidSecret"} 1.7999946e+09
# HELP pgvault_instance_points Stored recovery points, deleted ones that can be brought back included.
# TYPE pgvault_instance_points gauge
pgvault_instance_points{backup_instance="shop/orders",tier="archive"} 1
pgvault_instance_points{backup_instance="shop/orders",tier="hot"} 3
# HELP pgvault_instance_last_proof_timestamp_seconds Time of the newest drill in which nothing spoke against the recovery point; 0 if there is none; absent without drills.
# TYPE pgvault_instance_last_proof_timestamp_seconds gauge
pgvault_instance_last_proof_timestamp_seconds{backup_instance="shop/never"} 0
pgvault_instance_last_proof_timestamp_seconds{backup_instance="shop/orders"} 1.799892e+09
# HELP pgvault_instance_proof_due_timestamp_seconds Time by which there must be a newer proof; absent if drills are not configured, the protection is stopped, or there is no recovery point.
# TYPE pgvault_instance_proof_due_timestamp_seconds gauge
pgvault_instance_proof_due_timestamp_seconds{backup_instance="shop/never"} 1.8e+09
pgvault_instance_proof_due_timestamp_seconds{backup_instance="shop/orders"} 1.8000036e+09
# HELP pgvault_instance_drill_success 1 if nothing spoke against the recovery point in the newest drill, 0 if something did or it failed; absent without drills.
# TYPE pgvault_instance_drill_success gauge
pgvault_instance_drill_success{backup_instance="shop/orders"} 0
# HELP pgvault_instance_restore_duration_seconds Time to restore that the newest drill has measured; absent if there is none.
# TYPE pgvault_instance_restore_duration_seconds gauge
pgvault_instance_restore_duration_seconds{backup_instance="shop/orders"} 90
# HELP pgvault_instance_scrub_coverage_ratio Part of the bytes of dumps outside the archive tier that were read back within the time that the scrubs' settings demand; absent without scrubs.
# TYPE pgvault_instance_scrub_coverage_ratio gauge
pgvault_instance_scrub_coverage_ratio{backup_instance="shop/orders"} 0.75
# HELP pgvault_vault_safe 1 if the storage account has the protection: versions of blobs, soft delete of blobs, and what the trust file demands.
# TYPE pgvault_vault_safe gauge
pgvault_vault_safe{what="trust-file"} 0
pgvault_vault_safe{what="versions"} 1
`), "pgvault_instance_fresh", "pgvault_instance_freshness_objective_seconds", "pgvault_instance_info", "pgvault_instance_last_good_timestamp_seconds",
		"pgvault_instance_last_failure_timestamp_seconds", "pgvault_instance_points", "pgvault_vault_safe",
		"pgvault_instance_last_proof_timestamp_seconds", "pgvault_instance_proof_due_timestamp_seconds", "pgvault_instance_drill_success",
		"pgvault_instance_restore_duration_seconds", "pgvault_instance_scrub_coverage_ratio"))
}

// TestAnEstateThatIsNotRenewedGoesStale reads the same estate two hours later.
func TestAnEstateThatIsNotRenewedGoesStale(t *testing.T) {
	t.Parallel()
	require.NoError(t, testutil.GatherAndCompare(export(t, sample(), 2*time.Hour), strings.NewReader(`
# HELP pgvault_instance_fresh 1 if the newest good recovery point is younger than the objective at the time of the scrape; absent while the protection is stopped.
# TYPE pgvault_instance_fresh gauge
pgvault_instance_fresh{backup_instance="shop/never"} 0
pgvault_instance_fresh{backup_instance="shop/orders"} 0
`), "pgvault_instance_fresh"))
}

// TestEveryMetricIsRegistered compares what is exported with the registry, and counts
// alerts by kind.
func TestEveryMetricIsRegistered(t *testing.T) {
	t.Parallel()
	families, err := export(t, sample(), 0).Gather()
	require.NoError(t, err)
	known := map[string]metrics.Family{}
	for _, f := range metrics.All() {
		known[f.Name] = f
	}
	for _, name := range []string{metrics.Jobs.Name, metrics.BuildInfo.Name} {
		delete(known, name) // of the process
	}
	for _, f := range families {
		require.Contains(t, known, f.GetName())
		delete(known, f.GetName())
		if f.GetName() != "pgvault_alerts" {
			continue
		}
		for _, m := range f.GetMetric() {
			kind := m.GetLabel()[0].GetValue()
			require.InDelta(t, map[string]float64{"safety-weakened": 1, "watch-blind": 1}[kind], m.GetGauge().GetValue(), 0, kind)
		}
	}
	require.Empty(t, known, "the sample has each metric")
}
