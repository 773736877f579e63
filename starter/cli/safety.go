package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy/schedule"
	"github.com/pgvault/pgvault/internal/policy/simulate"
)

// warnOfNoNet warns if the storage account has no versioning or soft delete of
// its own.
func (r *applyRun) warnOfNoNet(ctx context.Context) error {
	net, err := r.vault.SafetyNet(ctx)
	if err != nil {
		return err
	}
	const remedy = "docs/AZURE.md has the command"
	if !net.Versioning {
		r.note("Warning: the storage account keeps no versions of blobs: what others overwrite is lost. %s.", remedy)
	}
	switch {
	case net.SoftDeleteUnseen:
		r.note("Note: it could not be seen whether the storage account has soft delete for blobs; your identity may not look.")
	case net.SoftDeleteDays == 0:
		r.note("Warning: the storage account has no soft delete for blobs: what others delete is lost. %s.", remedy)
	}
	return nil
}

// noteSingles notes the rules for which a single failed backup leaves a period
// without a point.
func (r *applyRun) noteSingles(now time.Time) error {
	for _, name := range slices.Sorted(maps.Keys(r.file.Policies)) {
		singles, err := simulate.Singles(r.file.Policies[name], now)
		if err != nil {
			return err
		}
		for _, s := range singles {
			r.note("Note: policy %s, rule %s: where the one backup of its days fails, that %s has no point under it. "+
				"Give it firstOf: %s and leave the days out, which takes the first good backup, or schedule a second time on these days.",
				name, s.Rule, s.Period, s.Period)
		}
	}
	return nil
}

// noteCoincidences notes the schedules of a policy that start at the same time
// within a year, with clock changes taken into account.
func (r *applyRun) noteCoincidences(now time.Time) error {
	for _, name := range slices.Sorted(maps.Keys(r.file.Policies)) {
		found, err := schedule.Coincidences(r.file.Policies[name].Schedules, now, now.AddDate(1, 0, 0))
		if err != nil {
			return fmt.Errorf("policy %s: %w", name, err)
		}
		for _, c := range found {
			r.note("Note: policy %s: schedules %d and %d both start at %s. One job makes the backup, and the other one completes "+
				"without any while that runs. Give one of them another time to have two backups.",
				name, c.First, c.Second, c.At.UTC().Format(time.RFC3339))
		}
	}
	return nil
}

// canLock rejects immutability that the container or the identity does not
// support. It tries only a new setting, since a person who applies a file again
// need not have the right to lock. `pgvault validate` tries it with the worker's
// identity.
func (r *applyRun) canLock(ctx context.Context, before instance.Immutability) error {
	want := r.file.Vault.Immutability
	if !want.On() || want == before {
		return nil
	}
	if err := r.vault.ProbeLocks(ctx); err != nil {
		return fmt.Errorf("vault.immutability: %w", err)
	}
	r.note("Note: the identity of workers that make backups must be able to lock too: pgvault validate looks whether it is.")
	if want == instance.Locked {
		r.note("Note: from now on nobody can delete a recovery point before it expires, nor take this setting back.")
	}
	return nil
}
