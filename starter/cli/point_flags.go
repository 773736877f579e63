package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault"
)

// pointFlags name a recovery point by its ID or by a time.
type pointFlags struct{ id, at string }

func (f *pointFlags) add(cmd *cobra.Command) {
	f.addWith(cmd, "ID of the recovery point (default: the latest)")
}

// addWith is like add, with the help of --point.
func (f *pointFlags) addWith(cmd *cobra.Command, help string) {
	cmd.Flags().StringVar(&f.id, "point", "", help)
	cmd.Flags().StringVar(&f.at, "at", "", "the newest recovery point that is not later than this time, as '2026-11-26 14:00' (UTC) or with a zone")
}

// find returns the ID of the named point of an instance.
func (f pointFlags) find(ctx context.Context, v *vault.Vault, name string) (string, error) {
	if f.id != "" && f.at != "" {
		return "", errTwoPoints
	}
	if _, err := knownInstance(ctx, v, name); err != nil {
		return "", err
	}
	switch {
	case f.id != "":
		return f.id, knownPoint(ctx, v, name, f.id)
	case f.at != "":
		at, err := parseAt(f.at)
		if err != nil {
			return "", err
		}
		return pointAt(ctx, v, name, at)
	}
	latest, err := v.Latest(ctx, name)
	return latest.ID, err
}

// given returns the ID of the named point, or "" for the latest. The vault is read for
// --at only, since a person who starts jobs need not be able to read it.
func (f pointFlags) given(ctx context.Context, a *App, name string) (string, error) {
	if f.at == "" {
		return f.id, nil
	}
	if f.id != "" {
		return "", errTwoPoints
	}
	v, err := a.openVault("")
	if err != nil {
		return "", err
	}
	return f.find(ctx, v, name)
}

var errTwoPoints = usagef("give only one of --point and --at")

// atLayouts are the forms of a time. One without a zone is in UTC.
var atLayouts = []string{
	"2006-01-02 15:04", "2006-01-02 15:04Z07:00", "2006-01-02 15:04 Z07:00",
	"2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z07:00",
}

// parseAt returns the time of --at. A day without a time means its end.
func parseAt(text string) (time.Time, error) {
	text = strings.TrimSpace(strings.Replace(text, "T", " ", 1))
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day.AddDate(0, 0, 1).Add(-time.Second), nil
	}
	for _, layout := range atLayouts {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, usagef("--at: %q is no time; write one like '2026-11-26 14:00' (UTC) or 2026-11-26T14:00+01:00", text)
}

// pointAt returns the newest point that can be restored and is not later than a time.
func pointAt(ctx context.Context, v *vault.Vault, name string, at time.Time) (string, error) {
	points, err := v.ListPoints(ctx, name)
	if err != nil {
		return "", err
	}
	for _, p := range slices.Backward(points) {
		if p.Restorable() && !p.Time.After(at) {
			return p.ID, nil
		}
	}
	oldest := "it has none that can be restored"
	if i := slices.IndexFunc(points, vault.Point.Restorable); i >= 0 {
		oldest = fmt.Sprintf("the oldest that can be restored is %s", points[i].ID)
	}
	return "", &refusedError{failure.New(failure.RecoveryPointNotFound, "`pgvault points "+name+"` lists the points",
		"instance %q has no recovery point of %s or before; %s", name, at.UTC().Format("2006-01-02 15:04:05Z07:00"), oldest)}
}
