package sweep

import (
	"context"
	"time"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy/retention"
	"github.com/pgvault/pgvault/internal/vault"
)

// Rules returns the rules of a sweep at the given time for an instance with
// that protection.
func Rules(settings instance.VaultSettings, protection vault.ProtectionState, now time.Time) retention.Rules {
	return retention.Rules{
		Now: now, Grace: settings.Sweep.OrphanGrace.Std(), SoftDelete: settings.SoftDelete.Term() > 0,
		RetainForever: protection == vault.RetainForever, KeepLastProven: settings.KeepsLastProven(),
	}
}

// Planned returns the planner's view of a listed point. It asks which jobs are
// running only for the few points where that matters. term is the vault's
// soft-delete term. Proven is left to the caller, since it is listed elsewhere.
func Planned(ctx context.Context, p vault.Point, term time.Duration, runs vault.JobRuns) (retention.Point, error) {
	point := retention.Point{
		ID: p.ID, Time: p.Time, Committed: p.Committed || p.Hidden, Hidden: p.Hidden, Good: p.Good, Copied: p.Copied, Expires: p.Expires, LastChange: p.LastChange, Removing: p.Removing,
		LockedUntil: p.LockedUntil, ArchiveAt: p.ArchiveAt, Archived: p.Archived(), StrayCopies: p.StrayCopies(),
	}
	if least := p.LastChange.Add(term); p.Hidden && !p.Expires.IsZero() && p.Expires.Before(least) {
		point.Expires = least // a manifest may have been forged before it was deleted
	}
	if p.Rehydration != nil {
		point.CopyUntil = p.Rehydration.Until
	}
	if p.Deleted != nil {
		point.Deleted = &retention.Deletion{Until: p.Deleted.End(term), BySweep: p.Deleted.BySweep}
	}
	var err error
	if point.HeldBy, err = runs.Running(ctx, p.Holds); err != nil || point.Committed {
		return point, err
	}
	works, err := runs.Running(ctx, p.Works)
	point.JobRuns = len(works) > 0
	return point, err
}
