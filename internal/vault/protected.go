package vault

import (
	"context"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
)

// Refuse returns a failure if the instance's protection is stopped, and nil
// otherwise.
func (p Protection) Refuse(instance string) error {
	if !p.Stopped() {
		return nil
	}
	return failure.New(failure.ProtectionStopped, "pgvault resume "+instance,
		"protection of instance %q was %s on %s", instance, p.State, p.At.UTC().Format(time.DateOnly))
}

// DeleteLate soft-deletes a point that was committed while all data of its
// instance was being deleted, and returns the failure of its backup. The
// deletion lists the points after it has written the state, and a backup reads
// the state after it has committed its point, so at least one of them sees the
// other.
func (v *Vault) DeleteLate(ctx context.Context, instance, id string, now time.Time) error {
	p, err := v.GetProtection(ctx, instance)
	if err != nil || p.State != DataDeleted {
		return err
	}
	settings, err := v.GetSettings(ctx)
	if err != nil {
		return err
	}
	now = now.UTC()
	t := Tombstone{At: now, Until: now.Add(settings.SoftDelete.Term()), Identity: p.Identity, Reason: p.Reason, Job: p.Job}
	if err := v.SoftDelete(ctx, instance, id, t); err != nil {
		return err
	}
	return p.Refuse(instance)
}
