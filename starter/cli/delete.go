package cli

import (
	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/starter/cli/document"
)

func (a *App) deleteCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "delete INSTANCE --point ID",
		Short: "Delete a recovery point",
		Long: `Delete a recovery point, be it the last one of its instance. It cannot be
restored any more, but pgvault undelete brings it back for the vault's
soft-delete term, by default 14 days; then a sweep removes it for good. Who
deleted it, and why, stands in the job's record and beside the point.`,
		Example: "  pgvault delete shop/orders --point 20261124T020000Z-0a1b2c3d --reason 'holds data that we must forget'",
		Args:    cobra.ExactArgs(1),
	}
	point := cmd.Flags().String("point", "", "the recovery point's ID (required)")
	reason := cmd.Flags().String("reason", "", "why, for the record")
	wait := waitFlag(cmd)
	a.localFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *point == "" {
			return usagef("give the point: pgvault delete %s --point ID", args[0])
		}
		return runJob(cmd.Context(), a, newJob{
			id: jobs.ID(jobs.KindDelete, args[0], uniqueTime()), kind: jobs.TypeDeletePoint, instance: args[0], point: *point,
			summary: "Deletion of " + *point + " of " + args[0],
			input:   jobs.DeletePointInput{Instance: args[0], Point: *point, Reason: *reason},
		}, *wait, document.DeletionOf, a.printDeleted)
	}
	return cmd
}

func (a *App) undeleteCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "undelete INSTANCE --point ID",
		Short: "Bring a deleted recovery point back",
		Long: `Bring back a recovery point that a person or a sweep has deleted. One that has
expired is kept for a while longer, since the next sweep would delete it again.`,
		Example: "  pgvault undelete shop/orders --point 20261124T020000Z-0a1b2c3d --keep 3m",
		Args:    cobra.ExactArgs(1),
	}
	point := cmd.Flags().String("point", "", "the recovery point's ID (required)")
	reason := cmd.Flags().String("reason", "", "why, for the record")
	keep := cmd.Flags().String("keep", "", "how long the point is kept from now on at least: 30d, 12w, 6m, 10y (default 14d)")
	wait := waitFlag(cmd)
	a.localFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *point == "" {
			return usagef("give the point: pgvault undelete %s --point ID", args[0])
		}
		return runJob(cmd.Context(), a, newJob{
			id: jobs.ID(jobs.KindUndelete, args[0], uniqueTime()), kind: jobs.TypeUndeletePoint, instance: args[0], point: *point,
			summary: "Return of " + *point + " of " + args[0],
			input:   jobs.UndeletePointInput{Instance: args[0], Point: *point, Reason: *reason, Keep: *keep},
		}, *wait, document.UndeletionOf, a.printUndeleted)
	}
	return cmd
}

func (a *App) printDeleted(r jobs.PointResult) {
	if r.Until.IsZero() {
		a.print("Recovery point %s of %s is gone for good", r.Point, r.Instance)
		return
	}
	a.print("Recovery point %s of %s is deleted; until %s: pgvault undelete %s --point %s",
		r.Point, r.Instance, a.zone.time(r.Until), r.Instance, r.Point)
}

func (a *App) printUndeleted(r jobs.PointResult) {
	a.print("Recovery point %s of %s is back, and kept until %s", r.Point, r.Instance, a.zone.time(r.Until))
}
