package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/starter/cli/document"
)

// pointRow is a row of the listing of points.
type pointRow struct {
	vault.Point
	// Proof is the newest drill of the point.
	Proof *vault.ProofSummary
	// ReadBack is when the dump was read back last: by a scrub, by pgvault verify, or
	// by the backup itself.
	ReadBack time.Time
}

func (a *App) pointsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "points [INSTANCE]",
		Short: "List recovery points",
		Long: `List recovery points, the newest first. The state is "good" for one that can be
restored, "held" for a good one that a restore is reading, "copied, not
verified" where the dump is not the very blob that was verified, as after a move
of the vault: it can be restored, and pgvault verify finds out whether it is
good. It is "damaged" where the dump, its block list, the roles file or the
manifest is missing or not what was stored, or pgvault verify has found it so,
"deleted until" a day up to which pgvault undelete brings it back, and "being
removed" where a sweep is at it. "locked until" tells of a point that the
storage keeps, whoever would delete it.
A point is named for the time at which its backup was due. TAKEN is when its
dump began, if that was more than an hour later: the data is of that time.
The tier is the dump's; ARCHIVE is when it moves to the archive tier. A restore
from there waits for a copy, hours long; "rehydrated until" a day there is one.
PROVEN is the day and the verdict of the point's newest drill: "proven",
"partly" where something was left out or could not be compared, or "failed".
READ BACK is when every stored byte of the dump was read and compared last.
--all lists the remains of failed attempts too, as "incomplete".`,
		Args: cobra.MaximumNArgs(1),
	}
	all := cmd.Flags().Bool("all", false, "list the remains of failed attempts too")
	a.localFlag(cmd)
	vaultURL := vaultFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.points(cmd.Context(), args, *all, *vaultURL)
	}
	return cmd
}

func (a *App) points(ctx context.Context, instances []string, all bool, vaultURL string) error {
	v, err := a.openVault(vaultURL)
	if err != nil {
		return err
	}
	// A name that does not exist is an error, not an empty list.
	if instances, err = knownInstances(ctx, v, instances); err != nil {
		return err
	}
	now, err := a.rightTime(ctx, v, time.Now())
	if err != nil {
		return err
	}
	var rows []pointRow
	for _, instance := range instances {
		found, err := pointsOf(ctx, v, instance, all)
		if err != nil {
			return fmt.Errorf("instance %s: %w", instance, err)
		}
		rows = append(rows, found...)
	}
	answer := &document.Points{}
	for i := range rows {
		answer.Points = append(answer.Points, document.PointOf(rows[i].Point, rows[i].ReadBack, rows[i].Proof))
	}
	return a.answers(answer, func() error { return a.printPoints(rows, now) })
}

func (a *App) printPoints(rows []pointRow, now time.Time) error {
	return printTable(a, rows, []column[pointRow]{
		{"INSTANCE", func(r pointRow) string { return r.Instance }},
		{"POINT", func(r pointRow) string { return r.ID }},
		{"TAKEN", func(r pointRow) string { return a.zone.time(r.takenLate()) }},
		{"SIZE", func(r pointRow) string { return progress.Size(r.DumpSize) }},
		{"RULE", func(r pointRow) string { return r.Rule }},
		{"TIER", func(r pointRow) string { return a.zone.tier(r) }},
		{"ARCHIVE", func(r pointRow) string { return a.zone.time(r.ArchiveAt) }},
		{"EXPIRES", func(r pointRow) string { return a.zone.time(r.Expires) }},
		{"PROVEN", func(r pointRow) string { return a.zone.provenPoint(r.Proof) }},
		{"READ BACK", func(r pointRow) string { return a.zone.day(r.ReadBack) }},
		{"STATE", func(r pointRow) string { return a.zone.pointState(r.Point, now) }},
	})
}

// pointsOf returns one instance's points, newest first.
func pointsOf(ctx context.Context, v *vault.Vault, instance string, all bool) ([]pointRow, error) {
	points, err := v.ListPoints(ctx, instance)
	if err != nil {
		return nil, err
	}
	proofs, err := v.PointProofs(ctx, instance)
	if err != nil {
		return nil, err
	}
	var rows []pointRow
	for _, point := range slices.Backward(points) {
		if !point.Committed && !all {
			continue
		}
		row := pointRow{Point: point, ReadBack: readBack(point)}
		if p, ok := proofs[point.ID]; ok {
			row.Proof = &p
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// readBack returns the time of the last reading of a point's dump; zero if it is
// unknown, as after a copy of the vault. A backup reads back what it has stored.
func readBack(p vault.Point) time.Time {
	switch {
	case p.Verification != nil:
		return p.Verification.At
	case p.Copied || !p.Good:
		return time.Time{}
	}
	return p.Stored
}

func (z zone) provenPoint(p *vault.ProofSummary) string {
	if p == nil {
		return ""
	}
	return z.day(p.RecordedAt) + " " + string(p.Verdict)
}

// takenLate returns the start of the dump if it is more than an hour after the
// point's time, and the zero time otherwise.
func (r pointRow) takenLate() time.Time {
	if r.Taken.Sub(r.Time) <= time.Hour {
		return time.Time{}
	}
	return r.Taken
}

// tier returns the dump's tier, and whether a readable copy of an archived dump
// exists.
func (z zone) tier(r pointRow) string {
	switch {
	case !r.Archived() || r.Rehydration == nil:
		return strings.ToLower(string(r.Tier))
	case r.Rehydration.Ready.IsZero():
		return "archive, rehydrating"
	}
	return "archive, rehydrated until " + z.day(r.Rehydration.Until)
}

func (z zone) pointState(p vault.Point, now time.Time) string {
	state := z.pointLife(p)
	if p.Committed && now.Before(p.LockedUntil) {
		state += ", locked until " + z.day(p.LockedUntil)
	}
	return state
}

func (z zone) pointLife(p vault.Point) string {
	switch {
	case !p.Committed:
		return "incomplete"
	case p.Removing:
		return "being removed"
	case p.Deleted != nil && p.Deleted.Until.IsZero():
		return "deleted, without an end"
	case p.Deleted != nil:
		return "deleted until " + z.day(p.Deleted.Until)
	case p.Copied:
		return "copied, not verified"
	case !p.Good:
		return "damaged"
	case len(p.Holds) > 0:
		return "held"
	}
	return "good"
}
