package estatetest

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/scrub"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/vault"
)

// At is the time of a sample, a Saturday.
var At = time.Date(2026, 11, 28, 9, 30, 0, 0, time.UTC)

// Sample returns an estate with one instance in each state, and good ones besides.
func Sample(t testing.TB, good int) estate.Estate {
	t.Helper()
	e, err := estate.Compute(Input(good))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Input returns the input of a sample.
func Input(good int) estate.Input {
	in := estate.Input{
		Now: At, Container: "https://contosobackups.blob.core.windows.net/postgres", Sweep: schedule(5), Running: map[string]estate.Running{},
		Schedules: map[string]estate.Schedule{jobs.SweepSchedule: {Next: At.Add(20 * time.Hour)}},
		Records:   []jobs.Record{{Operation: jobs.TypeRetentionSweep, Outcome: jobs.Completed, Ended: At.Add(-4 * time.Hour)}},
		Safety:    estate.Safety{Versions: true, SoftDeleteDays: 14},
	}
	for n := range good {
		add(&in, listed(fmt.Sprintf("team-%02d/db-%04d", n%7, n), 40, 0), estate.Schedule{Next: night(-1)})
	}
	add(&in, drilled("shop/drilled", 4, proof.Partly), estate.Schedule{Next: night(-1)})
	add(&in, drilled("shop/unproven", 6, proof.Failed), estate.Schedule{Next: night(-1)})
	for _, name := range []string{"shop/drilled", "shop/unproven"} {
		in.Schedules[jobs.DrillSchedule(name)] = estate.Schedule{Next: night(-1).Add(4 * time.Hour)}
	}
	add(&in, listed("shop/never", 5, 5), estate.Schedule{Next: night(-1)})
	add(&in, listed("shop/stale", 40, 2), estate.Schedule{Next: night(-1)})
	add(&in, failing(&in), estate.Schedule{Next: night(-1)})
	add(&in, listed("shop/paused", 40, 0), estate.Schedule{Paused: true, Note: "moving to the new server"})
	late := listed("shop/late", 40, 1)
	late.Instance.Freshness = policy.ClockDuration(72 * time.Hour)
	add(&in, late, estate.Schedule{Next: night(-1)})
	add(&in, listed("shop/new", 0, 0), estate.Schedule{Next: night(-1)})
	stopped := listed("shop/stopped", 40, 12)
	stopped.Protection = vault.Protection{State: vault.RetainAsPerPolicy, At: night(11), Identity: "ann@contoso.com", Reason: "moved to billing"}
	add(&in, stopped, estate.Schedule{Paused: true})
	return in
}

func add(in *estate.Input, l estate.Listed, s estate.Schedule) {
	in.Instances = append(in.Instances, l)
	in.Schedules[jobs.BackupSchedule(l.Instance.Name)] = s
}

func schedule(hour int) policy.Schedule {
	return policy.Schedule{Times: []policy.TimeOfDay{{Hour: hour}}}.WithDefaults()
}

// night returns the start of a backup a number of nights ago.
func night(ago int) time.Time {
	return time.Date(2026, 11, 28-ago, 2, 0, 0, 0, time.UTC)
}

// listed returns an instance that was protected some nights ago and backed up in each
// night since, except for the last ones.
func listed(name string, nights, missing int) estate.Listed {
	l := estate.Listed{
		Instance: instance.Instance{
			Name: name, Database: "orders", Server: instance.Server{Host: "shop.postgres.database.azure.com"},
			Policy: policy.Policy{Name: "nightly", Schedules: []policy.Schedule{schedule(2)}},
		},
		Since: night(nights).Add(7 * time.Hour), Protection: vault.Protection{State: vault.Protected},
	}
	l.Changed = l.Since
	for ago := nights - 1; ago >= missing; ago-- {
		at := night(ago)
		size := int64((3 + 0.03*float64(nights-ago) + 0.2*math.Sin(float64(ago))) * (1 << 30))
		l.Points = append(l.Points, estate.PointOf(vault.Point{
			ID: vault.PointID(at, "0a1b2c3d"), Time: at, Committed: true, Good: true, Tier: "Hot",
			Stored:  at.Add(time.Duration(size>>30) * 4 * time.Minute).Add(time.Duration(ago*37%200) * time.Second),
			Summary: vault.Summary{Taken: at, DumpSize: size},
		}))
	}
	return l
}

// drilled returns an instance with weekly drills, the last of which some days ago
// ended with a verdict.
func drilled(name string, ago int, last proof.Verdict) estate.Listed {
	l := listed(name, 40, 0)
	sunday := policy.Schedule{Times: []policy.TimeOfDay{{Hour: 6}}, Days: []policy.Weekday{policy.Weekday(time.Sunday)}}.WithDefaults()
	l.Instance.Drill = &instance.Drill{Schedule: &sunday, KeepFor: policy.Duration{Days: 90}}
	for n := range 5 {
		days := ago + 7*(4-n)
		summary := vault.ProofSummary{
			Point: vault.PointID(night(days), "0a1b2c3d"), Verdict: proof.Partly, RecordedAt: night(days).Add(5 * time.Hour),
			Restore: time.Duration(610+13*n) * time.Second,
		}
		if n == 4 {
			summary.Verdict = last
		}
		l.Proofs.Add(vault.ListedProof{Instance: name, Sequence: n + 1, ProofSummary: summary})
	}
	l.Scrub = &scrub.Coverage{Points: 40, Bytes: 150 << 30, ReadPoints: 38, ReadBytes: 140 << 30, Oldest: night(39)}
	return l
}

// failing returns an instance whose last backup failed, with earlier gaps.
func failing(in *estate.Input) estate.Listed {
	l := listed("shop/failing", 40, 1)
	for _, ago := range []int{0, 9, 10} {
		at := night(ago)
		in.Records = append(in.Records, jobs.Record{
			ID: jobs.ScheduledID(jobs.BackupSchedule(l.Instance.Name), at), Operation: jobs.TypeBackup, Instance: l.Instance.Name,
			Outcome: jobs.Failed, Ended: at.Add(time.Minute), Code: "UserErrorDBUserAuthFailed",
			Message: `server shop.postgres.database.azure.com:5432 refuses user "pgvault" with the secret's password`,
		})
	}
	l.Points = append(l.Points[:29], l.Points[32:]...)
	l.Instance.Freshness = policy.ClockDuration(72 * time.Hour)
	return l
}
