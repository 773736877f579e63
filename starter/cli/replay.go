package cli

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	historypb "go.temporal.io/api/history/v1"
	"go.uber.org/zap"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/starter/cli/document"
	"github.com/pgvault/pgvault/workflows"
)

func (a *App) replayCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:    "replay (WORKFLOW-ID | --file HISTORY.json)",
		Hidden: true, // for developers; people use jobs show
		Short:  "Replay a job's history against this version's workflows",
		Long: `Replay a job's history against the workflows of this version: it shows what the
job did, and fails if this version would do something else. Nothing is run or
changed. It is for developers: pgvault jobs show prints the timeline. A file is a history as Temporal's UI downloads it.`,
		Args: cobra.MaximumNArgs(1),
	}
	file := cmd.Flags().String("file", "", "read the history from a file")
	runID := cmd.Flags().String("run-id", "", "replay this run of the job (default: the newest)")
	export := cmd.Flags().String("export", "", "also write the history to this file")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if (len(args) == 1) == (*file != "") {
			return usagef("give either a workflow ID or --file")
		}
		history, err := a.history(cmd.Context(), args, *runID, *file)
		if err != nil {
			return err
		}
		return a.replay(history, *export)
	}
	return cmd
}

func (a *App) history(ctx context.Context, args []string, runID, file string) (*historypb.History, error) {
	if file != "" {
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("open the history: %w", err)
		}
		defer func() { _ = f.Close() }()
		return temporalx.ReadHistory(f)
	}
	return a.jobHistory(ctx, args[0], runID)
}

func (a *App) replay(history *historypb.History, export string) error {
	if export != "" {
		if err := exportHistory(history, export); err != nil {
			return err
		}
	}
	story := temporalx.Story(history)
	answer := &document.Replayed{Events: eventsOf(story)}
	if err := a.answers(answer, func() error { a.printStory(story); return nil }); err != nil {
		return err
	}
	if err := temporalx.Replay(zap.NewNop(), workflows.Register, history); err != nil {
		return failure.Wrap(err, failure.Internal, "let the job end on the worker version that it began on, or terminate it and start a new one",
			"this version would not do what the history did")
	}
	answer.Same = true
	return a.answers(answer, func() error { a.print("Replayed: this version does the same."); return nil })
}

func exportHistory(history *historypb.History, name string) error {
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("create the export: %w", err)
	}
	if err := temporalx.WriteHistory(f, history); err != nil {
		_ = f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	return nil
}
