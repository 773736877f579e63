package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy/scrub"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/starter/cli/document"
)

func (a *App) scrubCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "scrub",
		Short: "Read the stored recovery points back that are due",
		Long: `Read the stored recovery points of the vault back that are due, as the schedule
of vault.scrub in pgvault.yaml does: those that nobody has read for the time of
vault.scrub.every, the oldest reading first, up to vault.scrub.bytesPerRun. A
point is read as pgvault verify reads it. A backup reads back what it has stored,
so that a point is due for the first time so long after its backup.

Damage fails the job, which reads the other points first and then names each
point, blob and offset. Dumps in the archive tier are not read.`,
		Args: cobra.NoArgs,
	}
	wait := waitFlag(cmd)
	a.localFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return a.scrub(cmd.Context(), *wait) }
	return cmd
}

func (a *App) scrub(ctx context.Context, wait bool) error {
	return runJob(ctx, a, newJob{
		id: jobs.ID(jobs.KindScrub, "", uniqueTime()), kind: jobs.TypeScrub, summary: "Scrub", input: jobs.ScrubInput{},
	}, wait, document.ScrubOf, a.printScrubbed)
}

func (a *App) printScrubbed(r jobs.ScrubResult) {
	a.print("%d recovery points read, %s: %s", r.Good+r.Damaged, progress.Size(r.Bytes), r.Summary())
	a.printUnsigned(r.Readings)
	a.print("%s", a.zone.coverageText(r.Coverage))
}

// coverageText describes the coverage of a vault.
func (z zone) coverageText(c scrub.Coverage) string {
	text := fmt.Sprintf("In time: %d of %d recovery points (%.0f %%), %s of %s (%.0f %%)",
		c.ReadPoints, c.Points, 100*c.ShareOfPoints(), progress.Size(c.ReadBytes), progress.Size(c.Bytes), 100*c.ShareOfBytes())
	if !c.Oldest.IsZero() {
		text += ", the oldest reading of " + z.day(c.Oldest)
	}
	if c.Never > 0 {
		text += fmt.Sprintf("; never read: %d", c.Never)
	}
	return text
}
