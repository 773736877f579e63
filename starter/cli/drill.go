package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/starter/cli/document"
)

func (a *App) drillCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "drill INSTANCE [--point latest|oldest|random|ID | --at TIME]",
		Short: "Prove that a recovery point can be restored and is what was dumped",
		Long: `Restore a recovery point to the scratch server that pgvault.yaml names for the
instance, by the same steps as a real restore, compare every row with the
fingerprints of the dump, drop the database again, and record the outcome in the
vault. A difference fails the job, which names the first ones.

Without --point it is the choice in pgvault.yaml. The choices are among points
that a restore can read at once, not those in the archive tier.

At most one drill runs on a server; another one waits for it. The database is
dropped after every outcome.`,
		Example: "  pgvault drill shop/orders --point random --wait",
		Args:    cobra.ExactArgs(1),
	}
	var point pointFlags
	point.addWith(cmd, "latest, oldest, random or an ID (default: the choice in pgvault.yaml)")
	wait := waitFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, err := point.given(cmd.Context(), a, args[0])
		if err != nil {
			return err
		}
		return a.drill(cmd.Context(), jobs.DrillInput{Instance: args[0], Point: id}, *wait)
	}
	return cmd
}

func (a *App) drill(ctx context.Context, input jobs.DrillInput, wait bool) error {
	point := input.Point
	if instance.DrillPoints(point).Known() {
		point = ""
	}
	return runJob(ctx, a, newJob{
		id: jobs.ID(jobs.KindDrill, input.Instance, uniqueTime()), kind: jobs.TypeDrill, instance: input.Instance, point: point,
		summary: "Drill of " + input.Instance, input: input,
	}, wait, document.DrillOf, a.printDrill)
}

func (a *App) printDrill(r jobs.DrillResult) {
	a.print("Recovery point %s of %s is %s: restored to %s in %s and compared with what was dumped", r.Point, r.Instance, verdictText(r.Verdict), r.Server, r.RestoreTime.Round(time.Second))
	a.print("  record: %s", r.Record)
	for _, reason := range r.NotProven {
		a.print("  not proven: %s", reason)
	}
	if r.MoreNotProven > 0 {
		a.print("  not proven: %d more, which the record has", r.MoreNotProven)
	}
}

func verdictText(v proof.Verdict) string {
	if v == proof.Partly {
		return "partly proven"
	}
	return string(v)
}
