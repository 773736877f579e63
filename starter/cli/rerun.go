package cli

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"
)

func (a *App) rerunCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rerun WORKFLOW-ID",
		Short: "Take up a failed job at its failed step",
		Long: `Take up a failed job at its failed step, once the cause is mended. What the
steps before it did is kept. "pgvault jobs --failed" lists failed jobs.`,
		Example: "  pgvault rerun backup/shop/orders/20261124T020000Z --wait",
		Args:    cobra.ExactArgs(1),
	}
	wait := waitFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return a.rerun(cmd.Context(), args[0], *wait) }
	return cmd
}

func (a *App) rerun(ctx context.Context, id string, wait bool) error {
	s, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	goesOn, err := s.jobs.Rerun(ctx, id)
	if err != nil {
		return err
	}
	a.print("%s goes on from step %s (run %s)", goesOn.WorkflowID, words(goesOn.Step), goesOn.RunID)
	for _, step := range goesOn.Kept {
		a.print("  kept: %s", words(step))
	}
	if !wait {
		return nil
	}
	var result json.RawMessage
	if err := a.wait(ctx, s, s.GetWorkflow(ctx, goesOn.WorkflowID, goesOn.RunID), &result); err != nil {
		return err
	}
	a.print("%s", result)
	return nil
}
