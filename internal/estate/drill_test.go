package estate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/scrub"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/vault"
)

// drilled is a vault whose instance is drilled each Sunday at six, and whose proofs
// count for 90 days.
func drilled(nights int) estate.Input {
	in := night(nights)
	sunday := policy.Schedule{Times: []policy.TimeOfDay{{Hour: 6}}, Days: []policy.Weekday{policy.Weekday(time.Sunday)}, CatchUpWindow: policy.ClockDuration(time.Hour)}.WithDefaults()
	in.Instances[0].Instance.Drill = &instance.Drill{Schedule: &sunday, KeepFor: policy.Duration{Days: 90}}
	in.Schedules[jobs.DrillSchedule(orders)] = estate.Schedule{Next: tonight(6).AddDate(0, 0, 1)}
	return in
}

// prove adds the record of a drill some days ago.
func prove(in *estate.Input, days int, verdict proof.Verdict, took time.Duration) {
	proofs := &in.Instances[0].Proofs
	at := now.AddDate(0, 0, -days)
	proofs.Add(vault.ListedProof{Instance: orders, Sequence: proofs.Count + 1, ProofSummary: vault.ProofSummary{
		Point: vault.PointID(at, "0a1b2c3d"), Verdict: verdict, RecordedAt: at, Restore: took,
	}})
}

func TestProblemsOfDrills(t *testing.T) {
	t.Parallel()
	failedJob := func(days int, operation string) jobs.Record {
		return jobs.Record{ID: "drill/1", Operation: operation, Instance: orders, Outcome: jobs.Failed, Code: "UserErrorNotTrusted", Message: "said so", Ended: now.AddDate(0, 0, -days)}
	}
	for name, c := range map[string]struct {
		nights int
		change func(*estate.Input)
		want   []estate.Kind
	}{
		"proven lately":       {40, func(in *estate.Input) { prove(in, 6, proof.Proven, 0) }, nil},
		"proven in part":      {40, func(in *estate.Input) { prove(in, 6, proof.Partly, 0) }, nil},
		"proven too long ago": {40, func(in *estate.Input) { prove(in, 91, proof.Proven, 0) }, []estate.Kind{estate.KindProofStale}},
		"the last day":        {40, func(in *estate.Input) { prove(in, 90, proof.Proven, 0) }, nil},
		"never":               {40, func(*estate.Input) {}, []estate.Kind{estate.KindProofStale}},
		"the first is due":    {3, func(*estate.Input) {}, nil},
		"the first is running, within the grace": {5, func(in *estate.Input) {
			in.Instances[0].Instance.Drill.Schedule.Days = []policy.Weekday{policy.Weekday(time.Saturday)}
		}, nil},
		"the first should be over":                    {7, func(*estate.Input) {}, []estate.Kind{estate.KindProofStale}},
		"no point yet":                                {0, func(*estate.Input) {}, []estate.Kind{}},
		"no schedule, and a month":                    {30, func(in *estate.Input) { in.Instances[0].Instance.Drill.Schedule = nil }, nil},
		"no schedule, and longer than a proof counts": {99, func(in *estate.Input) { in.Instances[0].Instance.Drill.Schedule = nil }, []estate.Kind{estate.KindProofStale}},
		"the last one failed": {40, func(in *estate.Input) {
			prove(in, 13, proof.Proven, 0)
			prove(in, 6, proof.Failed, 0)
		}, []estate.Kind{estate.KindDrillFailed}},
		"one failed and the next did not": {40, func(in *estate.Input) {
			prove(in, 13, proof.Failed, 0)
			prove(in, 6, proof.Proven, 0)
			in.Records = append(in.Records, failedJob(13, jobs.TypeDrill))
		}, nil},
		"it did not get to a record": {40, func(in *estate.Input) {
			prove(in, 13, proof.Proven, 0)
			in.Records = append(in.Records, failedJob(6, jobs.TypeDrill))
		}, []estate.Kind{estate.KindDrillFailed}},
		"it never got to a record": {40, func(in *estate.Input) {
			in.Records = append(in.Records, failedJob(6, jobs.TypeDrill))
		}, []estate.Kind{estate.KindDrillFailed, estate.KindProofStale}},
		"another job failed": {40, func(in *estate.Input) {
			prove(in, 13, proof.Proven, 0)
			in.Records = append(in.Records, failedJob(6, jobs.TypeVerify))
		}, nil},
		"only the newest is not accepted": {40, func(in *estate.Input) {
			prove(in, 13, proof.Proven, 0)
			prove(in, 6, proof.Proven, 0)
			in.Instances[0].Proofs.Doubt = "it is not signed"
		}, []estate.Kind{estate.KindDrillFailed}},
		"a forged one hides no old age": {40, func(in *estate.Input) {
			prove(in, 100, proof.Proven, 0)
			prove(in, 6, proof.Proven, 0)
			in.Instances[0].Proofs.Doubt = "it is not signed"
		}, []estate.Kind{estate.KindDrillFailed, estate.KindProofStale}},
		"the protection is stopped": {40, func(in *estate.Input) {
			prove(in, 100, proof.Failed, 0)
			in.Instances[0].Protection = vault.Protection{State: vault.RetainForever}
		}, nil},
		"drilled once by hand": {40, func(in *estate.Input) {
			in.Instances[0].Instance.Drill = nil
			prove(in, 400, proof.Proven, 0)
		}, nil},
		"not drilled": {40, func(in *estate.Input) { in.Instances[0].Instance.Drill = nil }, nil},
	} {
		in := drilled(c.nights)
		c.change(&in)
		i := one(t, in)
		var found []estate.Kind
		for _, p := range i.Problems {
			if p.Kind == estate.KindDrillFailed || p.Kind == estate.KindProofStale {
				found = append(found, p.Kind)
				require.Equal(t, estate.Critical, p.Severity, name)
				require.NotEmpty(t, p.Remedy, name)
				require.Contains(t, p.Message, orders, name)
				require.False(t, p.Since.IsZero(), name)
			}
		}
		require.ElementsMatch(t, c.want, found, name)
	}
}

func TestTheStateOfDrills(t *testing.T) {
	t.Parallel()
	require.Nil(t, one(t, night(5)).Drill)
	in := drilled(40)
	for n, took := range []time.Duration{60, 80, 70, 0, 90} {
		prove(&in, 40-n, proof.Proven, took*time.Second)
	}
	prove(&in, 3, proof.Failed, 100*time.Second)
	d := one(t, in).Drill
	require.Equal(t, 6, d.Records)
	require.Equal(t, 6, d.Last.Sequence)
	require.Equal(t, 5, d.LastProven.Sequence)
	require.InDelta(t, 100, d.RestoreSeconds, 0)
	require.InDelta(t, 75, d.EarlierRestoreSeconds, 0, "of 60, 70, 80 and 90")
	require.Equal(t, now.AddDate(0, 0, 90-36), d.Due)
	require.Equal(t, tonight(6).AddDate(0, 0, 1), d.Next)
	yes, ok := d.Succeeded()
	require.True(t, ok)
	require.False(t, yes)

	in.Instances[0].Proofs.Doubt = "it is not signed"
	d = one(t, in).Drill
	require.InDelta(t, 90, d.RestoreSeconds, 0, "that of the record that is not accepted does not count")
	require.InDelta(t, 70, d.EarlierRestoreSeconds, 0)
}

// TestManyRecordsAreBounded: an instance that was drilled for years keeps a few.
func TestManyRecordsAreBounded(t *testing.T) {
	t.Parallel()
	in := drilled(5)
	for days := 5000; days > 0; days-- {
		prove(&in, days, proof.Proven, time.Duration(days)*time.Second)
	}
	proofs := in.Instances[0].Proofs
	require.Equal(t, 5000, proofs.Count)
	require.Len(t, proofs.Proven, 2)
	require.Len(t, proofs.Restores, 30)
	require.InDelta(t, 16, one(t, in).Drill.EarlierRestoreSeconds, 0)
}

func TestTheCoverageOfAVault(t *testing.T) {
	t.Parallel()
	in := night(5)
	require.Nil(t, compute(t, in).Vault.Scrub)
	in.Instances[0].Scrub = &scrub.Coverage{Points: 3, Bytes: 30, ReadPoints: 2, ReadBytes: 20, Never: 1, Oldest: tonight(1)}
	other := in.Instances[0]
	other.Instance.Name, other.Scrub = "shop/other", &scrub.Coverage{Points: 1, Bytes: 10, ReadPoints: 1, ReadBytes: 10}
	in.Instances = append(in.Instances, other)
	require.Equal(t, &scrub.Coverage{Points: 4, Bytes: 40, ReadPoints: 3, ReadBytes: 30, Never: 1, Oldest: tonight(1)}, compute(t, in).Vault.Scrub)
}
