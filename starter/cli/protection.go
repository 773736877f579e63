package cli

import (
	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/starter/cli/document"
)

func (a *App) stopCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "stop INSTANCE (--retain-forever | --retain-as-per-policy | --delete-data --confirm INSTANCE)",
		Short: "Stop the protection of an instance",
		Long: `Stop the protection of an instance: no more backups are made, by schedule or by
hand, until pgvault resume. Its recovery points are kept for ever, or as their
rules say (the last good one stays), or are all deleted; deleted points can be
brought back one by one for the vault's soft-delete term. Who stopped it, and
why, stands in the job's record and beside the instance.`,
		Example: `  pgvault stop shop/orders --retain-as-per-policy --reason 'moved to another server'
  pgvault stop shop/orders --delete-data --confirm shop/orders`,
		Args: cobra.ExactArgs(1),
	}
	modes := map[jobs.StopMode]*bool{
		jobs.ModeRetainForever:     cmd.Flags().Bool("retain-forever", false, "keep every recovery point for ever"),
		jobs.ModeRetainAsPerPolicy: cmd.Flags().Bool("retain-as-per-policy", false, "let recovery points expire, but for the last good one"),
		jobs.ModeDeleteData:        cmd.Flags().Bool("delete-data", false, "delete every recovery point"),
	}
	confirm := cmd.Flags().String("confirm", "", "the instance's name once more, for --delete-data")
	reason := cmd.Flags().String("reason", "", "why, for the record")
	wait := waitFlag(cmd)
	a.localFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		mode, err := oneMode(modes)
		if err != nil {
			return err
		}
		if mode == jobs.ModeDeleteData && *confirm != args[0] {
			return usagef("all recovery points of %s would be deleted: give its name once more by --confirm, which says %q", args[0], *confirm)
		}
		return runJob(cmd.Context(), a, newJob{
			id: jobs.ID(jobs.KindStop, args[0], uniqueTime()), kind: jobs.TypeStopProtection, instance: args[0],
			summary: "Stop of protection of " + args[0],
			input:   jobs.StopProtectionInput{Instance: args[0], Mode: mode, Confirm: *confirm, Reason: *reason},
		}, *wait, document.ProtectionOf, a.printProtection)
	}
	return cmd
}

func oneMode(modes map[jobs.StopMode]*bool) (jobs.StopMode, error) {
	var chosen []jobs.StopMode
	for mode, given := range modes {
		if *given {
			chosen = append(chosen, mode)
		}
	}
	if len(chosen) != 1 {
		return "", usagef("give one of --retain-forever, --retain-as-per-policy and --delete-data")
	}
	return chosen[0], nil
}

func (a *App) resumeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "resume INSTANCE",
		Short: "Start the backups of a stopped instance again",
		Long: `Resume the protection of an instance that pgvault stop has stopped: backups are
made again, and the next sweep deletes what has expired meanwhile. Points that
were deleted stay so; pgvault undelete brings them back.`,
		Example: "  pgvault resume shop/orders",
		Args:    cobra.ExactArgs(1),
	}
	reason := cmd.Flags().String("reason", "", "why, for the record")
	wait := waitFlag(cmd)
	a.localFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return runJob(cmd.Context(), a, newJob{
			id: jobs.ID(jobs.KindResume, args[0], uniqueTime()), kind: jobs.TypeResumeProtection, instance: args[0],
			summary: "Resumption of protection of " + args[0],
			input:   jobs.ResumeProtectionInput{Instance: args[0], Reason: *reason},
		}, *wait, document.ProtectionOf, a.printProtection)
	}
	return cmd
}

func (a *App) printProtection(r jobs.ProtectionResult) {
	a.print("Protection of %s: %s (before: %s)", r.Instance, r.State, r.Before)
	if r.Deleted > 0 && !r.Until.IsZero() {
		a.print("%d recovery points are deleted; until %s: pgvault undelete %s --point ID", r.Deleted, a.zone.time(r.Until), r.Instance)
	}
}
