package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault/reapply"
)

func (a *App) policyCommand() *cobra.Command {
	return group("policy", "Work with backup policies",
		a.policyShowCommand(), a.policyImportCommand(), a.simulateCommand(), a.reapplyCommand())
}

func (a *App) reapplyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "reapply INSTANCE [--apply]",
		Short: "Apply a changed policy to existing recovery points",
		Long: `Let an instance's policy, as it was applied last, hold for the recovery points
that there are already. A policy that is changed holds by itself for points to
come only. Without --apply nothing is changed, and each change is shown: look at
it first. A point that is locked, or that somebody has asked to be kept, may be
kept longer by it, and never shorter.`,
		Example: `  pgvault policy reapply shop/orders
  pgvault policy reapply shop/orders --apply --reason 'the auditors want two years'`,
		Args: cobra.ExactArgs(1),
	}
	apply := cmd.Flags().Bool("apply", false, "make the changes, and do not only show them")
	reason := cmd.Flags().String("reason", "", "why, for the record")
	output := outputFlag(cmd)
	vaultURL := vaultFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.reapply(cmd.Context(), jobs.ReapplyPolicyInput{Instance: args[0], DryRun: !*apply, Reason: *reason}, *output, *vaultURL)
	}
	return cmd
}

// reapply always waits for the job, since its changes are the output.
func (a *App) reapply(ctx context.Context, input jobs.ReapplyPolicyInput, output format, vaultFlag string) error {
	v, err := a.openVault(vaultFlag)
	if err != nil {
		return err
	}
	s, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	run, err := a.begin(ctx, s, newJob{
		id: jobs.ID(jobs.KindReapply, input.Instance, uniqueTime()), kind: jobs.TypeReapplyPolicy, instance: input.Instance,
		summary: "Reapplication of the policy of " + input.Instance, input: input,
	})
	if err != nil {
		return err
	}
	a.note("%s", run.GetID())
	result, err := resultOf[jobs.ReapplyPolicyResult](ctx, a, s, run)
	if err != nil {
		return err
	}
	var report reapply.Report
	if err := v.GetReport(ctx, result.Report, &report); err != nil {
		return err
	}
	err = printList(a, output, report.Changes, []column[reapply.Change]{
		{"POINT", func(c reapply.Change) string { return c.Point }},
		{"RULE", func(c reapply.Change) string { return arrow(c.From.Rule, c.To.Rule) }},
		{"TO ARCHIVE", func(c reapply.Change) string { return arrow(dateText(c.From.ArchiveAt), dateText(c.To.ArchiveAt)) }},
		{"EXPIRES", func(c reapply.Change) string { return arrow(dateText(c.From.Expires), dateText(c.To.Expires)) }},
		{"NOTE", func(c reapply.Change) string { return dash(c.Note) }},
	})
	if err == nil && input.DryRun && result.Points > 0 {
		a.note("Nothing has been changed. %d points would be kept longer and %d shorter; --apply does it.", result.Longer, result.Shorter)
	}
	return err
}

// dateText formats a date, or a dash for the zero time.
func dateText(t time.Time) string {
	if t.IsZero() {
		return dash("")
	}
	return t.UTC().Format(time.DateOnly)
}

func arrow(from, to string) string {
	if from == to {
		return to
	}
	return from + " → " + to
}
