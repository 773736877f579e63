package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/starter/cli/document"
)

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
	a.localFlag(cmd)
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
	answer := &document.Proofs{}
	for _, name := range names {
		found, err := readProofs(ctx, v, name)
		if err != nil {
			return err
		}
		for i := range found.records {
			answer.Proofs = append(answer.Proofs, document.ProofOf(found.records[i]))
		}
		if !found.result.Whole() {
			answer.Broken = append(answer.Broken, name)
			a.note("Warning: the records of %s are not as drills wrote them. To see why: pgvault proof verify %s", name, name)
		}
	}
	slices.SortStableFunc(answer.Proofs, func(a, b document.Proof) int {
		return cmp.Or(b.RecordedAt.Compare(a.RecordedAt), cmp.Compare(a.Instance, b.Instance), b.Sequence-a.Sequence)
	})
	return a.answers(answer, func() error { return a.printProofs(answer.Proofs) })
}

func (a *App) printProofs(rows []document.Proof) error {
	return printTable(a, rows, []column[document.Proof]{
		{"RECORDED", func(r document.Proof) string { return a.zone.time(r.RecordedAt) }},
		{"INSTANCE", func(r document.Proof) string { return r.Instance }},
		{"NUMBER", func(r document.Proof) string { return fmt.Sprint(r.Sequence) }},
		{"VERDICT", func(r document.Proof) string { return string(r.Verdict) }},
		{"POINT", func(r document.Proof) string { return r.Point }},
		{"RESTORE", func(r document.Proof) string { return secondsText(r.RestoreSeconds) }},
		{"TABLES", func(r document.Proof) string { return fmt.Sprint(r.Tables) }},
		{"ROWS", func(r document.Proof) string { return fmt.Sprint(r.Rows) }},
		{"KEY", func(r document.Proof) string { return r.KeyID }},
	})
}
