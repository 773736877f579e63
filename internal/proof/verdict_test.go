package proof_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/proof"
)

func TestVerdicts(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		record proof.Record
		want   proof.Verdict
	}{
		"everything equal":  {proof.Record{Checks: []proof.Check{{Outcome: proof.CheckPassed}}}, proof.Proven},
		"something omitted": {proof.Record{Compared: proof.Compared{NotProven: []string{"a materialized view"}}}, proof.Partly},
		"a difference": {proof.Record{Compared: proof.Compared{
			NotProven: []string{"a materialized view"}, Differences: []proof.Difference{{Kind: "table"}},
		}}, proof.Failed},
		"a check failed":   {proof.Record{Checks: []proof.Check{{Outcome: proof.CheckPassed}, {Outcome: proof.CheckFailed}}}, proof.Failed},
		"a check raised":   {proof.Record{Checks: []proof.Check{{Outcome: proof.CheckError}}}, proof.Failed},
		"a corrupt index":  {proof.Record{AMCheck: proof.AMCheck{Corrupt: 1}}, proof.Failed},
		"it did not start": {proof.Record{Failure: &proof.Failure{Phase: proof.PhaseRestore}}, proof.Failed},
	}
	for name, c := range cases {
		c.record.Judge()
		require.Equal(t, c.want, c.record.Verdict, name)
	}
	require.True(t, proof.Partly.Holds())
	require.False(t, proof.Failed.Holds())
}

func TestListsOfARecordAreBounded(t *testing.T) {
	t.Parallel()
	var c proof.Compared
	for range 3 {
		c.Add(proof.Compared{
			Tables: 700, Rows: 5, PerTable: make([]proof.Table, 700),
			Differences: make([]proof.Difference, 70), NotProven: make([]string, 90),
		})
	}
	require.Equal(t, 2100, c.Tables)
	require.Equal(t, int64(15), c.Rows)
	require.Len(t, c.PerTable, proof.MaxTables)
	require.Len(t, c.Differences, proof.MaxDifferences)
	require.Equal(t, 210-proof.MaxDifferences, c.MoreDifferences)
	require.Len(t, c.NotProven, proof.MaxNotProven)
	require.Equal(t, 270-proof.MaxNotProven, c.MoreNotProven)
}

func TestRestoreTime(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)
	r := proof.Record{Phases: []proof.Phase{{Name: proof.PhaseRestore, Begin: begin, End: begin.Add(time.Minute)}}}
	took, ok := r.RestoreTime()
	require.True(t, ok)
	require.Equal(t, time.Minute, took)
	_, ok = (&proof.Record{}).RestoreTime()
	require.False(t, ok)
}
