package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/sweep"
	"github.com/pgvault/pgvault/starter/cli/document"
)

func (a *App) sweepCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sweep",
		Short: "Remove expired recovery points now",
		Long: `Remove expired recovery points and the remains of failed attempts now. What has
expired is deleted: pgvault undelete brings it back, until a later sweep removes
it for good at the end of the vault's soft-delete term. The last good recovery
point of an instance is never deleted. Dumps whose standard life has ended move to the
archive tier, and copies that restores had rehydrated go when their time is
over. With --dry-run nothing is done; with
--wait each point is listed with the reason why it is kept or not.

A sweep that would delete more than a third of an instance's recovery points at
once deletes none of them, since somebody may have tampered with their marks.
With --allow-mass-deletion it deletes them.`,
		Args: cobra.NoArgs,
	}
	dryRun := cmd.Flags().Bool("dry-run", false, "decide and report, but remove nothing")
	wait := waitFlag(cmd)
	allow := cmd.Flags().StringArray("allow-mass-deletion", nil, "an instance of which more than a third of the points may be deleted at once; may be given again")
	vaultURL := vaultFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.sweep(cmd.Context(), jobs.SweepInput{DryRun: *dryRun, AllowMassDeletion: *allow}, *wait, *vaultURL)
	}
	return cmd
}

func (a *App) sweep(ctx context.Context, input jobs.SweepInput, wait bool, vaultURL string) error {
	for _, name := range input.AllowMassDeletion {
		if err := a.checkKnown(ctx, vaultURL, name, ""); err != nil {
			return err
		}
	}
	summary := "Retention sweep"
	if input.DryRun {
		summary += " (dry run)"
	}
	job := newJob{id: jobs.ID(jobs.KindSweep, "", uniqueTime()), kind: jobs.TypeRetentionSweep, summary: summary, input: input}
	var stopped []jobs.SweepStopped
	err := followJob(ctx, a, job, wait, func(r jobs.SweepResult) (document.Sweep, func() error, error) {
		stopped = r.Stopped
		decisions, err := a.sweepReport(ctx, r, vaultURL)
		return document.SweepOf(r, decisions), func() error { return a.printSweep(r, decisions) }, err
	})
	if err != nil {
		return err
	}
	var refusals []error
	for _, s := range stopped {
		refusals = append(refusals, s.Refusal())
	}
	return errors.Join(refusals...)
}

// sweepReport reads the decisions of a sweep from the vault.
func (a *App) sweepReport(ctx context.Context, result jobs.SweepResult, vaultFlag string) ([]sweep.Decision, error) {
	v, err := a.openVault(vaultFlag)
	if err != nil {
		return nil, err
	}
	return decisionsOf(ctx, v, result.Report)
}

func (a *App) printSweep(result jobs.SweepResult, decisions []sweep.Decision) error {
	a.noteKept(result)
	if result.DrillsDropped > 0 {
		a.note("Dropped databases of drills that were over: %d", result.DrillsDropped)
	}
	for _, left := range result.Leftovers {
		a.note("Left behind: %s", left)
	}
	return printTable(a, decisions, []column[sweep.Decision]{
		{"INSTANCE", func(d sweep.Decision) string { return d.Instance }},
		{"POINT", func(d sweep.Decision) string { return d.Point }},
		{"DECISION", func(d sweep.Decision) string { return decisionText(d, result.DryRun) }},
		{"REASON", func(d sweep.Decision) string { return d.Reason }},
	})
}

// noteKept notes the points that lack a required lock, and those that stay because
// of their signatures.
func (a *App) noteKept(result jobs.SweepResult) {
	switch {
	case result.LackLock > 0 && result.DryRun:
		a.note("%d recovery points lack a lock; a sweep would lock them.", result.LackLock)
	case result.LackLock > 0:
		a.note("%d recovery points lacked a lock; %d have been locked.", result.LackLock, result.Locked)
	}
	if result.Doubtful > 0 {
		a.note("%d recovery points stay, since their signatures do not allow a sweep to remove them. The reasons are below; `pgvault delete` removes them.", result.Doubtful)
	}
	if result.NotLocked != "" {
		a.note("Warning: recovery points stay without a lock: %s", result.NotLocked)
	}
}

// decisionsOf reads the reports of all stretches of a sweep. Each names the one
// before.
func decisionsOf(ctx context.Context, v *vault.Vault, last string) ([]sweep.Decision, error) {
	var stretches [][]sweep.Decision
	for name := last; name != ""; {
		var report sweep.Report
		if err := v.GetReport(ctx, name, &report); err != nil {
			return nil, err
		}
		stretches = append(stretches, report.Decisions)
		name = report.Previous
	}
	slices.Reverse(stretches)
	return slices.Concat(stretches...), nil
}

func decisionText(d sweep.Decision, dryRun bool) string {
	verb := "removed"
	switch {
	case !d.Remove:
		return keptText(d, dryRun)
	case d.Soft && dryRun:
		verb = "would delete"
	case d.Soft:
		verb = "deleted"
	case dryRun:
		verb = "would remove"
	}
	return verb
}

// keptText returns what else was done for a kept point.
func keptText(d sweep.Decision, dryRun bool) string {
	text := "keep"
	if d.Archive {
		text += map[bool]string{true: ", would archive", false: ", archived"}[dryRun]
	}
	if d.DropCopies {
		text += map[bool]string{true: ", would delete leftovers of jobs", false: ", deleted leftovers of jobs"}[dryRun]
	}
	return text
}
