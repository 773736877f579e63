package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/starter/cli/document"
)

func (a *App) backupCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "backup INSTANCE",
		Short:   "Back up an instance now",
		Long:    "Back up an instance now. The job's ID is printed; with --wait, so is its result.",
		Example: "  pgvault backup shop/orders --wait",
		Args:    cobra.ExactArgs(1),
	}
	rule := cmd.Flags().String("retention-rule", "", "the rule of the instance's policy that says how long the point is kept (default \"Default\")")
	wait := waitFlag(cmd)
	a.localFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.backup(cmd.Context(), jobs.BackupInput{Instance: args[0], RetentionRule: *rule}, *wait)
	}
	return cmd
}

func waitFlag(cmd *cobra.Command) *bool {
	return cmd.Flags().Bool("wait", false, "wait for the job's end and show how it gets on")
}

func (a *App) backup(ctx context.Context, input jobs.BackupInput, wait bool) error {
	return runJob(ctx, a, newJob{
		id:       jobs.ID(jobs.KindBackup, input.Instance, uniqueTime()),
		kind:     jobs.TypeBackup,
		instance: input.Instance,
		summary:  "Backup of " + input.Instance,
		input:    input,
	}, wait, document.BackupOf, a.printBackup)
}

func (a *App) printBackup(r jobs.BackupResult) {
	if r.DoneBy != "" {
		a.print("Job %s makes the backup of %s", r.DoneBy, r.Instance)
		return
	}
	a.print("Recovery point %s of %s", r.Point, r.Instance)
	a.print("  dump     %s (%s)", r.Dump, progress.Size(r.Bytes))
	a.print("  sha256   %s (read back and verified)", r.SHA256)
	if r.Rule != "" {
		a.print("  rule     %s", r.Rule)
	}
	if !r.ArchiveAt.IsZero() {
		a.print("  archive  from %s", a.zone.time(r.ArchiveAt))
	}
	a.print("  kept to  %s", a.zone.time(r.Expires))
	for _, warning := range r.Warnings {
		a.print("  warning  %s", warning)
	}
}
