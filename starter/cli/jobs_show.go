package cli

import (
	"context"

	"github.com/spf13/cobra"
	historypb "go.temporal.io/api/history/v1"

	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/starter/cli/document"
)

func (a *App) jobsShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show JOB",
		Short: "Print the timeline of a job",
		Long: `Print the timeline of a job: the time since its start, each step with its
duration, attempts and error, the jobs that it started, and its end. Where several
jobs had the same ID, --run-id tells which is meant; "pgvault jobs -o json" lists
run IDs. Temporal forgets a job after the namespace's retention.`,
		Example: "  pgvault jobs show backup/shop/orders/20261124T020000Z-k2m7qd",
		Args:    cobra.ExactArgs(1),
	}
	runID := cmd.Flags().String("run-id", "", "show this run of the job (default: the newest)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		history, err := a.jobHistory(cmd.Context(), args[0], *runID)
		if err != nil {
			return err
		}
		story := temporalx.Story(history)
		return a.answers(&document.Timeline{Events: eventsOf(story)}, func() error { a.printStory(story); return nil })
	}
	return cmd
}

func (a *App) jobHistory(ctx context.Context, id, runID string) (*historypb.History, error) {
	s, err := a.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.jobs.History(ctx, id, runID)
}

func (a *App) printStory(story []temporalx.StoryEvent) {
	for i := range story {
		a.print("%s", story[i])
	}
}

func eventsOf(story []temporalx.StoryEvent) []document.Event {
	events := make([]document.Event, len(story))
	for i, e := range story {
		name := e.Name
		if e.Kind == temporalx.StoryStep {
			name = document.StepOf(name)
		}
		events[i] = document.Event{
			At: e.At, SinceStartSeconds: e.Since.Seconds(), Kind: document.EventKind(e.Kind), Name: name, State: document.EventStateOf(e.State),
			TookSeconds: e.Took.Seconds(), Attempt: e.Attempt, Error: e.Reason, Text: e.Text,
		}
	}
	return events
}
