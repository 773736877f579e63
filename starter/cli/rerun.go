package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
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
	a.print("%s goes on from step %s (run %s)", goesOn.WorkflowID, follow.Words(goesOn.Step), goesOn.RunID)
	for _, step := range goesOn.Kept {
		a.print("  kept: %s", follow.Words(step))
	}
	if !wait {
		return nil
	}
	return a.waitForRerun(ctx, s, goesOn)
}

func (a *App) waitForRerun(ctx context.Context, s *session, goesOn temporalx.Rerun) error {
	run := s.GetWorkflow(ctx, goesOn.WorkflowID, goesOn.RunID)
	switch goesOn.Type {
	case jobs.TypeBackupRun:
		var result jobs.BackupResult
		if err := a.wait(ctx, s, run, &result); err != nil {
			return err
		}
		a.printBackup(result)
	case jobs.TypeRestore:
		var result jobs.RestoreResult
		if err := a.wait(ctx, s, run, &result); err != nil {
			return err
		}
		a.printRestore(result)
	default:
		if err := a.wait(ctx, s, run, nil); err != nil {
			return err
		}
		a.print("%s completed", goesOn.WorkflowID)
	}
	return nil
}
