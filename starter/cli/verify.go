package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/starter/cli/document"
)

func (a *App) verifyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify INSTANCE [--point ID | --at TIME | --all]",
		Short: "Read stored recovery points back",
		Long: `Read stored recovery points back and compare them with what was stored: the
manifest, the roles file, the block list and every block of the dump. Without
--point and --all it is the latest point that can be restored. The outcome
stands beside the point: one that was copied becomes good, one with wrong bytes
damaged, and a damaged one whose right bytes are back good again.

Damage fails the job, which reads the other points first and then names each
point, blob and offset. Dumps in the archive tier are not read. What is read is
paid for, as any reading of the storage.`,
		Example: "  pgvault verify shop/orders --all --wait",
		Args:    cobra.ExactArgs(1),
	}
	var which pointFlags
	which.add(cmd)
	all := cmd.Flags().Bool("all", false, "read every point that is not deleted, the newest first")
	wait := waitFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *all && which != (pointFlags{}) {
			return usagef("give only one of --point, --at and --all")
		}
		point, err := which.given(cmd.Context(), a, args[0])
		if err != nil {
			return err
		}
		return a.verify(cmd.Context(), jobs.VerifyInput{Instance: args[0], Point: point, All: *all}, *wait)
	}
	return cmd
}

func (a *App) verify(ctx context.Context, input jobs.VerifyInput, wait bool) error {
	return runJob(ctx, a, newJob{
		id: jobs.ID(jobs.KindVerify, input.Instance, uniqueTime()), kind: jobs.TypeVerify, instance: input.Instance, point: input.Point,
		summary: "Verification of " + input.Instance, input: input,
	}, wait, document.ReadingsOf, a.printVerified)
}

func (a *App) printVerified(r jobs.VerifyResult) {
	switch r.Good {
	case 0:
	case 1:
		a.print("1 recovery point of %s is what was stored (%s read)", r.Instance, progress.Size(r.Bytes))
	default:
		a.print("%d recovery points of %s are what was stored (%s read)", r.Good, r.Instance, progress.Size(r.Bytes))
	}
	a.printUnsigned(r.Readings)
	if r.Archived > 0 {
		ids := strings.Join(r.ArchivedPoints, ", ")
		if r.Archived > len(r.ArchivedPoints) {
			ids += ", …"
		}
		a.print("Not read, since the dump is in the archive tier: %d (%s)", r.Archived, ids)
	}
	if r.Gone > 0 {
		a.print("Not read, since they were deleted meanwhile: %d", r.Gone)
	}
}

// printUnsigned prints the notes on points that are not signed.
func (a *App) printUnsigned(r jobs.Readings) {
	a.printNotes(r.Notes)
	if more := r.Unsigned - len(r.Notes); more > 0 {
		a.print("  note: %d more recovery points are accepted without a signature", more)
	}
}
