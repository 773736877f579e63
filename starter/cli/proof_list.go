package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/proof/chain"
)

// proofRow is a row of the listing of records.
type proofRow struct {
	Instance   string        `json:"instance"`
	Sequence   int           `json:"sequence"`
	RecordedAt time.Time     `json:"recordedAt"`
	Verdict    proof.Verdict `json:"verdict"`
	Point      string        `json:"point"`
	// RestoreSeconds is the measured time to restore; absent if the restore did not
	// get to its end.
	RestoreSeconds float64 `json:"restoreSeconds,omitempty"`
	Tables         int     `json:"tables"`
	Rows           int64   `json:"rows"`
	SHA256         string  `json:"sha256"`
	// KeyID is the key that signed the record; absent if no key was checked.
	KeyID string `json:"keyID,omitempty"`
}

func (a *App) proofListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list [INSTANCE | --all]",
		Short: "List the records of drills",
		Long: `List the records of drills, the newest first. A drill restored a recovery point
and compared it with what was dumped. The verdict is "proven" if everything is
equal, "partly" if something was left out or could not be compared, and "failed".
RESTORE is the measured time to restore. KEY is the key that signed the record, if
a trust file is given.`,
		Args: cobra.MaximumNArgs(1),
	}
	all := cmd.Flags().Bool("all", false, "list those of every instance")
	var f proofFlags
	f.add(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *all == (len(args) == 1) {
			return usagef("give either an instance or --all")
		}
		return a.listProofs(cmd.Context(), args, f)
	}
	return cmd
}

func (a *App) listProofs(ctx context.Context, instances []string, f proofFlags) error {
	v, err := a.openPerhapsTrusting(f)
	if err != nil {
		return err
	}
	names, err := knownInstances(ctx, v, instances)
	if err != nil {
		return err
	}
	var rows []proofRow
	for _, name := range names {
		found, err := readProofs(ctx, v, name)
		if err != nil {
			return err
		}
		for i := range found.records {
			rows = append(rows, rowOf(found.records[i]))
		}
		if !found.result.Whole() {
			a.note("Warning: the records of %s are not as drills wrote them. To see why: pgvault proof verify %s", name, name)
		}
	}
	slices.SortStableFunc(rows, func(a, b proofRow) int {
		return cmp.Or(b.RecordedAt.Compare(a.RecordedAt), cmp.Compare(a.Instance, b.Instance), b.Sequence-a.Sequence)
	})
	return printList(a, f.output, rows, []column[proofRow]{
		{"RECORDED", func(r proofRow) string { return timeText(r.RecordedAt) }},
		{"INSTANCE", func(r proofRow) string { return r.Instance }},
		{"NUMBER", func(r proofRow) string { return fmt.Sprint(r.Sequence) }},
		{"VERDICT", func(r proofRow) string { return string(r.Verdict) }},
		{"POINT", func(r proofRow) string { return r.Point }},
		{"RESTORE", func(r proofRow) string { return secondsText(r.RestoreSeconds) }},
		{"TABLES", func(r proofRow) string { return fmt.Sprint(r.Tables) }},
		{"ROWS", func(r proofRow) string { return fmt.Sprint(r.Rows) }},
		{"KEY", func(r proofRow) string { return r.KeyID }},
	})
}

func rowOf(r chain.Record) proofRow {
	row := proofRow{
		Instance: r.Instance, Sequence: r.Sequence, RecordedAt: r.RecordedAt, Verdict: r.Verdict, Point: r.Point.ID,
		Tables: r.Compared.Tables, Rows: r.Compared.Rows, SHA256: r.SHA256, KeyID: r.KeyID,
	}
	if took, ok := r.RestoreTime(); ok {
		row.RestoreSeconds = took.Seconds()
	}
	return row
}
