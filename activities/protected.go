package activities

import (
	"context"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault"
)

// protected refuses a backup of an instance whose protection is stopped.
func (b *Backup) protected(ctx context.Context, instance string) error {
	p, err := b.Vault.GetProtection(ctx, instance)
	if err != nil || !p.Stopped() {
		return err
	}
	return stopped(instance, p)
}

func stopped(instance string, p vault.Protection) error {
	return failure.New(failure.ProtectionStopped, "pgvault resume "+instance,
		"protection of instance %q was %s on %s", instance, p.State, p.At.UTC().Format("2006-01-02"))
}

// notDeleted deletes the point that was just made if all of its instance's data
// has been deleted meanwhile: that job has looked for points after it wrote the
// state, and this one looks for the state after it wrote the point.
func (b *Backup) notDeleted(ctx context.Context, plan BackupPlan) error {
	p, err := b.Vault.GetProtection(ctx, plan.Instance.Name)
	if err != nil || p.State != vault.DataDeleted {
		return err
	}
	settings, err := b.Vault.GetSettings(ctx)
	if err != nil {
		return err
	}
	now := b.Now().UTC()
	t := vault.Tombstone{At: now, Until: now.Add(settings.SoftDelete.Term()), Identity: p.Identity, Reason: p.Reason, Job: p.Job}
	if err := b.Vault.SoftDelete(ctx, plan.Instance.Name, plan.Point, t); err != nil {
		return err
	}
	return stopped(plan.Instance.Name, p)
}
