package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/starter/cli/document"
	"github.com/pgvault/pgvault/starter/cli/follow"
)

func (a *App) rerunCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rerun WORKFLOW-ID",
		Short: "Continue a failed job at its failed step",
		Long: `Take up a failed job at its failed step, once the cause is mended. What the
steps before it did is kept. "pgvault jobs --failed" lists failed jobs. Where
several jobs had the same ID, --run-id tells which is meant; "pgvault jobs
--failed -o json" lists run IDs.`,
		Example: "  pgvault rerun backup/shop/orders/20261124T020000Z-k2m7qd --wait",
		Args:    cobra.ExactArgs(1),
	}
	wait := waitFlag(cmd)
	a.localFlag(cmd)
	runID := cmd.Flags().String("run-id", "", "take up this run of the job (default: the newest)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.rerun(cmd.Context(), args[0], *runID, *wait)
	}
	return cmd
}

func (a *App) rerun(ctx context.Context, id, runID string, wait bool) error {
	s, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := a.jobsVault(ctx, s); err != nil {
		return err
	}
	goesOn, err := s.jobs.Rerun(ctx, id, runID)
	if err != nil {
		return err
	}
	answer := &document.Rerun{
		Job:  document.Job{ID: goesOn.WorkflowID, RunID: goesOn.RunID, Type: document.TypeOf(goesOn.Type), State: document.Running},
		Step: document.StepOf(goesOn.Step),
	}
	for _, step := range goesOn.Kept {
		answer.Kept = append(answer.Kept, document.StepOf(step))
	}
	if err := a.answers(answer, func() error { a.printRerun(goesOn); return nil }); err != nil || !wait {
		return err
	}
	err = a.waitForRerun(ctx, s, goesOn, answer)
	answer.Job.State = endState(err)
	return err
}

func (a *App) printRerun(goesOn temporalx.Rerun) {
	a.print("%s goes on from step %s (run %s)", goesOn.WorkflowID, follow.Words(goesOn.Step), goesOn.RunID)
	for _, step := range goesOn.Kept {
		a.print("  kept: %s", follow.Words(step))
	}
}

func (a *App) waitForRerun(ctx context.Context, s *session, goesOn temporalx.Rerun, answer *document.Rerun) error {
	run := s.GetWorkflow(ctx, goesOn.WorkflowID, goesOn.RunID)
	switch goesOn.Type {
	case jobs.TypeBackupRun:
		result, err := resultOf[jobs.BackupResult](ctx, a, s, run)
		if err != nil {
			return err
		}
		d := document.BackupOf(result)
		answer.Backup = &d
		return a.answers(answer, func() error { a.printBackup(result); return nil })
	case jobs.TypeRestore:
		result, err := resultOf[jobs.RestoreResult](ctx, a, s, run)
		if err != nil {
			return err
		}
		d := document.RestoreOf(result)
		answer.Restore = &d
		return a.answers(answer, func() error { a.printRestore(result); return nil })
	}
	if err := a.wait(ctx, s, run, nil); err != nil {
		return err
	}
	return a.answers(answer, func() error { a.print("%s completed", goesOn.WorkflowID); return nil })
}
