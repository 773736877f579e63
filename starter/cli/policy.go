package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault/reapply"
	"github.com/pgvault/pgvault/starter/cli/document"
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
	a.localFlag(cmd)
	vaultURL := vaultFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.reapply(cmd.Context(), jobs.ReapplyPolicyInput{Instance: args[0], DryRun: !*apply, Reason: *reason}, *vaultURL)
	}
	return cmd
}

// reapply always waits for the job, since its changes are the output.
func (a *App) reapply(ctx context.Context, input jobs.ReapplyPolicyInput, vaultFlag string) error {
	v, err := a.openVault(vaultFlag)
	if err != nil {
		return err
	}
	job := newJob{
		id: jobs.ID(jobs.KindReapply, input.Instance, uniqueTime()), kind: jobs.TypeReapplyPolicy, instance: input.Instance,
		summary: "Reapplication of the policy of " + input.Instance, input: input,
	}
	s, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	run, err := a.begin(ctx, s, job)
	if err != nil {
		return err
	}
	answer := &document.JobOf[document.Reapply]{Job: startedJob(run, job.kind, job.instance)}
	a.answer = answer
	a.note("%s", run.GetID())
	var result jobs.ReapplyPolicyResult
	err = a.wait(ctx, s, run, &result)
	answer.Job.State = endState(err)
	if err != nil {
		return err
	}
	var report reapply.Report
	if err := v.GetReport(ctx, result.Report, &report); err != nil {
		return err
	}
	changes := document.ReapplyOf(report)
	answer.Result = &changes
	err = a.answers(answer, func() error { return a.printReapplied(report) })
	if err == nil && input.DryRun && result.Points > 0 {
		a.note("Nothing has been changed. %d points would be kept longer and %d shorter; --apply does it.", result.Longer, result.Shorter)
	}
	return err
}

func (a *App) printReapplied(report reapply.Report) error {
	return printTable(a, report.Changes, []column[reapply.Change]{
		{"POINT", func(c reapply.Change) string { return c.Point }},
		{"RULE", func(c reapply.Change) string { return arrow(c.From.Rule, c.To.Rule) }},
		{"TO ARCHIVE", func(c reapply.Change) string {
			return arrow(dash(a.zone.day(c.From.ArchiveAt)), dash(a.zone.day(c.To.ArchiveAt)))
		}},
		{"EXPIRES", func(c reapply.Change) string {
			return arrow(dash(a.zone.day(c.From.Expires)), dash(a.zone.day(c.To.Expires)))
		}},
		{"NOTE", func(c reapply.Change) string { return dash(c.Note) }},
	})
}

func arrow(from, to string) string {
	if from == to {
		return to
	}
	return from + " → " + to
}
