package estate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/vault"
)

const orders = "shop/orders"

// now is a Saturday, nine and a half hours after the start of the night.
var now = time.Date(2026, 11, 28, 11, 30, 0, 0, time.UTC)

func nightly() policy.Policy {
	return policy.Policy{Name: "nightly", Schedules: []policy.Schedule{
		policy.Schedule{Times: []policy.TimeOfDay{{Hour: 2}}, CatchUpWindow: policy.ClockDuration(time.Hour)}.WithDefaults(),
	}}
}

// night is a vault with one instance that was backed up in each of the last nights.
func night(nights int) estate.Input {
	in := estate.Input{
		Now: now, Container: "https://acct.blob.core.windows.net/vault",
		Sweep: policy.Schedule{Times: []policy.TimeOfDay{{Hour: 5}}}.WithDefaults(),
		Instances: []estate.Listed{{
			Instance: instance.Instance{Name: orders, Database: "orders", Server: instance.Server{Host: "db.example.com"}, Policy: nightly()},
			Since:    now.AddDate(0, -1, 0), Changed: now.AddDate(0, -1, 0), Protection: vault.Protection{State: vault.Protected},
		}},
		Schedules: map[string]estate.Schedule{
			jobs.SweepSchedule:          {Next: tonight(5).AddDate(0, 0, 1)},
			jobs.BackupSchedule(orders): {Next: tonight(2).AddDate(0, 0, 1)},
		},
		Records: []jobs.Record{{Operation: jobs.TypeRetentionSweep, Outcome: jobs.Completed, Ended: tonight(5).Add(time.Minute)}},
		Safety:  estate.Safety{Versions: true, SoftDeleteDays: 14},
	}
	for n := nights - 1; n >= 0; n-- {
		in.Instances[0].Points = append(in.Instances[0].Points, pointAt(tonight(2).AddDate(0, 0, -n)))
	}
	in.Instances[0].Since = tonight(2).AddDate(0, 0, 1-max(nights, 1)).Add(-time.Hour)
	in.Instances[0].Changed = in.Instances[0].Since
	return in
}

func tonight(hour int) time.Time { return time.Date(2026, 11, 28, hour, 0, 0, 0, time.UTC) }

// pointAt returns a good point whose backup took ten minutes.
func pointAt(at time.Time) estate.Point {
	return estate.PointOf(vault.Point{
		Instance: orders, ID: vault.PointID(at, "0a1b2c3d"), Time: at, Committed: true, Good: true, Tier: "Hot",
		Stored: at.Add(10 * time.Minute), Summary: vault.Summary{Taken: at, DumpSize: 1 << 20},
	})
}

func compute(t *testing.T, in estate.Input) estate.Estate {
	t.Helper()
	e, err := estate.Compute(in)
	require.NoError(t, err)
	return e
}

// one returns the only instance's state.
func one(t *testing.T, in estate.Input) estate.Instance {
	t.Helper()
	e := compute(t, in)
	require.Len(t, e.Instances, 1)
	return e.Instances[0]
}

func kinds(problems []estate.Problem) (all []estate.Kind) {
	for _, p := range problems {
		all = append(all, p.Kind)
	}
	return all
}
