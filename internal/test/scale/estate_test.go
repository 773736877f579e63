package scale_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/estate/survey"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault"
)

// quiet is a Temporal server on which each schedule exists and no backup runs. Its
// answers take no time, since the measured thing is the vault.
type quiet struct{ l *listing }

func (q quiet) Schedules(context.Context) (map[string]estate.Schedule, error) {
	all := map[string]estate.Schedule{jobs.SweepSchedule: {}}
	for n := range q.l.instances {
		all[jobs.BackupSchedule(q.l.instance(n))] = estate.Schedule{}
	}
	return all, nil
}

func (quiet) Running(context.Context) (map[string]estate.Running, error) { return nil, nil }

func (quiet) Workers(context.Context) ([]string, map[string][]string, error) { return nil, nil, nil }

func (quiet) Undelivered(context.Context, time.Time) (int, error) { return 0, nil }

// look computes the estate of a vault.
func look(t testing.TB, v *vault.Vault, l *listing) estate.Estate {
	t.Helper()
	e, err := survey.Estate(t.Context(), v, quiet{l})
	require.NoError(t, err)
	return e
}

// TestAnEstateReadsNothingPerPoint counts the requests.
func TestAnEstateReadsNothingPerPoint(t *testing.T) {
	t.Parallel()
	l := &listing{instances: 60, points: 100, drills: 20}
	e := look(t, vault.New(l.serve(t)), l)
	require.Len(t, e.Instances, l.instances)
	points := 0
	for _, c := range e.Vault.Tiers {
		points += c.Points
	}
	require.Equal(t, l.instances*l.points, points)
	require.Equal(t, 2*l.instances, l.asked["definition"], "its length and its content")
	require.Equal(t, l.instances, l.asked["list an instance"])
	require.Equal(t, l.instances+60+1, l.asked["list a folder"], "the root, each team and each instance")
	require.Equal(t, 1, l.asked["all proofs"])
	require.Equal(t, l.instances, l.asked["record of a drill"], "the newest of each instance")
	require.Zero(t, l.asked["proofs of an instance"])
	for _, i := range e.Instances {
		require.Empty(t, i.Drill.Doubt)
		require.Equal(t, l.drills, i.Drill.Records)
		require.InDelta(t, 60, i.Drill.RestoreSeconds, 0)
	}
	require.Zero(t, l.asked["list a point"])
	require.Zero(t, l.asked["page"])
}

// BenchmarkEstate reads and computes estates of growing size, each instance of which
// was drilled each week of a year.
func BenchmarkEstate(b *testing.B) {
	for _, instances := range []int{10, 100, 300, 1000} {
		b.Run(fmt.Sprintf("%dx100", instances), func(b *testing.B) {
			l := &listing{instances: instances, points: 100, drills: 52}
			v := vault.New(l.serve(b))
			for b.Loop() {
				look(b, v, l)
			}
		})
	}
}
