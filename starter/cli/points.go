package cli

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/vault"
)

// pointRow is a recovery point as it is listed.
type pointRow struct {
	Instance string    `json:"instance"`
	Point    string    `json:"point"`
	Time     time.Time `json:"time"`
	Bytes    int64     `json:"bytes"`
	Rule     string    `json:"retentionRule"`
	Expires  time.Time `json:"expires"`
	State    string    `json:"state"`
	Dump     string    `json:"dump"`
}

func (a *App) pointsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "points [INSTANCE]",
		Short: "List recovery points",
		Long: `List recovery points, the newest first. The state is "good" for one that can be
restored, "held" for a good one that a restore is reading, and "damaged" where
the dump is not what the manifest says. --all lists the remains of failed
attempts too, as "incomplete".`,
		Args: cobra.MaximumNArgs(1),
	}
	all := cmd.Flags().Bool("all", false, "list the remains of failed attempts too")
	output := outputFlag(cmd)
	vaultURL := vaultFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.points(cmd.Context(), args, *all, *output, *vaultURL)
	}
	return cmd
}

func (a *App) points(ctx context.Context, instances []string, all bool, output format, vaultURL string) error {
	v, err := a.openVault(vaultURL)
	if err != nil {
		return err
	}
	if len(instances) == 1 {
		// A name that is not there is a mistake, not an empty list.
		if _, err := v.GetInstance(ctx, instances[0]); err != nil {
			return err
		}
	} else if instances, err = v.ListInstances(ctx); err != nil {
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
	return printList(a, output, rows, []column[pointRow]{
		{"INSTANCE", func(r pointRow) string { return r.Instance }},
		{"POINT", func(r pointRow) string { return r.Point }},
		{"SIZE", func(r pointRow) string { return progress.Size(r.Bytes) }},
		{"RULE", func(r pointRow) string { return r.Rule }},
		{"EXPIRES", func(r pointRow) string { return timeText(r.Expires) }},
		{"STATE", func(r pointRow) string { return r.State }},
	})
}

// pointsOf lists one instance's points, the newest first.
func pointsOf(ctx context.Context, v *vault.Vault, instance string, all bool) ([]pointRow, error) {
	points, err := v.ListPoints(ctx, instance)
	if err != nil {
		return nil, err
	}
	var rows []pointRow
	for _, point := range points {
		if state := stateOfPoint(point); all || state != incomplete {
			rows = append(rows, pointRow{
				Instance: instance, Point: point.ID, Time: point.Time, Bytes: point.DumpSize,
				Rule: point.Rule, Expires: point.Expires, State: state, Dump: point.DumpBlob,
			})
		}
	}
	slices.SortStableFunc(rows, func(a, b pointRow) int { return b.Time.Compare(a.Time) })
	return rows, nil
}

const incomplete = "incomplete"

func stateOfPoint(p vault.Point) string {
	switch {
	case p.Good && len(p.Holds) > 0:
		return "held"
	case p.Good:
		return "good"
	}
	return "damaged"
}
