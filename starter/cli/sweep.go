package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/sweep"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/workflows"
)

func (a *App) sweepCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sweep",
		Short: "Remove expired recovery points now",
		Long: `Remove expired recovery points and the remains of failed attempts now. The last
good recovery point of an instance is never removed. With --dry-run nothing is
removed; with --wait each point is listed with the reason why it is kept or not.`,
		Args: cobra.NoArgs,
	}
	dryRun := cmd.Flags().Bool("dry-run", false, "decide and report, but remove nothing")
	wait := waitFlag(cmd)
	output := outputFlag(cmd)
	vaultURL := vaultFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.sweep(cmd.Context(), workflows.SweepInput{DryRun: *dryRun}, *wait, *output, *vaultURL)
	}
	return cmd
}

func (a *App) sweep(ctx context.Context, input workflows.SweepInput, wait bool, output format, vaultURL string) error {
	s, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	summary := "Retention sweep"
	if input.DryRun {
		summary += " (dry run)"
	}
	run, err := a.begin(ctx, s, newJob{id: "sweep/" + idTime(), kind: temporalx.TypeRetentionSweep, summary: summary, input: input})
	if err != nil {
		return err
	}
	if wait && output != table {
		// The output is to be parsed.
		a.note("%s", run.GetID())
	} else {
		a.print("%s", run.GetID())
	}
	if !wait {
		return nil
	}
	var result workflows.SweepResult
	if err := a.wait(ctx, s, run, &result); err != nil {
		return err
	}
	return a.printSweep(ctx, result, output, vaultURL)
}

// printSweep prints the sweep's report, which it left in the vault.
func (a *App) printSweep(ctx context.Context, result workflows.SweepResult, output format, vaultFlag string) error {
	v, err := a.openVault(vaultFlag)
	if err != nil {
		return err
	}
	var report sweep.Report
	if err := v.GetReport(ctx, result.Report, &report); err != nil {
		return err
	}
	return printList(a, output, report.Decisions, []column[sweep.Decision]{
		{"INSTANCE", func(d sweep.Decision) string { return d.Instance }},
		{"POINT", func(d sweep.Decision) string { return d.Point }},
		{"DECISION", func(d sweep.Decision) string { return decisionText(d, result.DryRun) }},
		{"REASON", func(d sweep.Decision) string { return d.Reason }},
	})
}

func decisionText(d sweep.Decision, dryRun bool) string {
	switch {
	case !d.Remove:
		return "keep"
	case dryRun:
		return "would remove"
	}
	return "removed"
}
