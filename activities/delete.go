package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/vault"
)

// PointChange names a recovery point that a person deletes or brings back, and why.
type PointChange struct {
	Instance string `json:"instance"`
	Point    string `json:"point"`
	Reason   string `json:"reason,omitempty"`
	// Keep is how long a point that is brought back is kept at least.
	Keep policy.Duration `json:"keep,omitzero"`
	Job  jobs.Ref        `json:"job"`
}

// PointChanged is the result of a changed point.
type PointChanged struct {
	// Identity is what the client that started the job claimed to be.
	Identity string `json:"identity,omitempty"`
	// Until is how long a deleted point can be brought back, or one that was
	// brought back is kept; zero if the point is gone for good.
	Until time.Time `json:"until,omitzero"`
}

// DeletePoint deletes a point by a person's wish: for the vault's soft-delete
// term it can be brought back. Deleting it twice is deleting it once.
func (p *Prune) DeletePoint(ctx context.Context, in PointChange) (PointChanged, error) {
	ctx, stop := beatPhase(ctx, "deleting the point")
	defer stop()
	done, err := p.deletePoint(ctx, in)
	return done, endCause(ctx, err)
}

func (p *Prune) deletePoint(ctx context.Context, in PointChange) (PointChanged, error) {
	d, err := p.deleter(ctx, in.Job, in.Reason)
	if err != nil {
		return PointChanged{}, err
	}
	if d.forGood() && activity.GetInfo(ctx).Attempt == 1 { // a later one may find it gone
		if _, err := p.Vault.FindPoint(ctx, in.Instance, in.Point); err != nil {
			return PointChanged{}, err
		}
	}
	if err := d.delete(ctx, in.Instance, in.Point); err != nil {
		return PointChanged{}, err
	}
	until, err := d.until(ctx, in.Instance, in.Point)
	return PointChanged{Identity: d.tombstone.Identity, Until: until}, err
}

// deleter deletes points as the vault's settings say.
type deleter struct {
	*Prune
	// tombstone has no end where there is no soft delete.
	tombstone vault.Tombstone
}

func (p *Prune) deleter(ctx context.Context, job jobs.Ref, reason string) (deleter, error) {
	identity, err := startedBy(ctx, p.Temporal, job)
	if err != nil {
		return deleter{}, err
	}
	settings, err := p.Vault.GetSettings(ctx)
	if err != nil {
		return deleter{}, err
	}
	now := p.Now().UTC().Truncate(time.Second)
	t := vault.Tombstone{At: now, Identity: identity, Reason: reason, Job: job.ID}
	if term := settings.SoftDelete.Term(); term > 0 {
		t.Until = now.Add(term)
	}
	return deleter{Prune: p, tombstone: t}, nil
}

// forGood reports whether a deletion is final.
func (d deleter) forGood() bool { return d.tombstone.Until.IsZero() }

func (d deleter) delete(ctx context.Context, instance, id string) error {
	if d.forGood() {
		return d.removePoint(ctx, instance, id)
	}
	return d.Vault.SoftDelete(ctx, instance, id, d.tombstone)
}

// until is how long the point can be brought back: one that somebody had deleted
// before keeps the term that it got then.
func (d deleter) until(ctx context.Context, instance, id string) (time.Time, error) {
	if d.forGood() {
		return time.Time{}, nil
	}
	point, err := d.Vault.FindPoint(ctx, instance, id)
	if err != nil || point.Deleted == nil {
		return d.tombstone.Until, err
	}
	return point.Deleted.Until, nil
}

// removePoint removes a point at once. One that is gone is removed.
func (d deleter) removePoint(ctx context.Context, instance, id string) error {
	err := d.Vault.Purge(ctx, instance, id, d.Now(), d.runs(ctx))
	if errors.Is(err, vault.ErrLocked) {
		return failure.Wrap(err, failure.RecoveryPointLocked, "turn soft delete on and delete it then: it is purged once its lock has ended",
			"the storage keeps recovery point %q of instance %q from being deleted until its lock ends", id, instance)
	}
	if errors.Is(err, vault.ErrHeld) {
		return failure.New(failure.MaxConcurrentOperations, "wait for the restore, or cancel it",
			"a running job holds recovery point %q of instance %q", id, instance)
	}
	return err
}

// UndeletePoint brings a soft-deleted point back, to be kept for a while at
// least: the next sweep would otherwise delete again what has expired.
func (p *Prune) UndeletePoint(ctx context.Context, in PointChange) (PointChanged, error) {
	ctx, stop := beatPhase(ctx, "bringing the point back")
	defer stop()
	done, err := p.undeletePoint(ctx, in)
	return done, endCause(ctx, err)
}

func (p *Prune) undeletePoint(ctx context.Context, in PointChange) (PointChanged, error) {
	identity, err := startedBy(ctx, p.Temporal, in.Job)
	if err != nil {
		return PointChanged{}, err
	}
	point, err := p.Vault.FindPoint(ctx, in.Instance, in.Point)
	if err != nil {
		return PointChanged{}, err
	}
	now := p.Now().UTC().Truncate(time.Second)
	until := point.Expires
	if least := in.Keep.AddTo(now); !until.IsZero() && until.Before(least) {
		until = least
		kept := vault.Retention{
			Policy: point.Policy, Rule: point.Rule, Expires: until, ArchiveAt: point.ArchiveAt, AtLeast: until,
			At: now, Job: in.Job.ID, Identity: identity, Reason: "brought back: " + in.Reason,
		}
		if err := p.Vault.SetRetention(ctx, in.Instance, in.Point, kept); err != nil {
			return PointChanged{}, err
		}
	}
	if err := p.Vault.Undelete(ctx, in.Instance, in.Point); err != nil {
		return PointChanged{}, fmt.Errorf("undelete: %w", err)
	}
	return PointChanged{Identity: identity, Until: until}, nil
}
