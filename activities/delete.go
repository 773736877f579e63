package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault"
)

// PointChange names a recovery point that a person deletes or brings back, and why.
type PointChange struct {
	Instance string `json:"instance"`
	Point    string `json:"point"`
	Reason   string `json:"reason,omitempty"`
	// Keep is how long a point that is brought back is kept at least.
	Keep config.Duration `json:"keep,omitzero"`
	Job  JobRef          `json:"job"`
}

// PointChanged tells what has become of the point.
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
	return done, because(ctx, err)
}

func (p *Prune) deletePoint(ctx context.Context, in PointChange) (PointChanged, error) {
	identity, err := startedBy(ctx, p.Temporal, in.Job)
	if err != nil {
		return PointChanged{}, err
	}
	settings, err := p.Vault.GetSettings(ctx)
	if err != nil {
		return PointChanged{}, err
	}
	if settings.SoftDelete.Off {
		return PointChanged{Identity: identity}, p.removePoint(ctx, in)
	}
	now := p.Now().UTC()
	t := vault.Tombstone{At: now, Until: now.Add(settings.SoftDelete.Term()), Identity: identity, Reason: in.Reason, Job: in.Job.ID}
	if err := p.Vault.Delete(ctx, in.Instance, in.Point, t); err != nil {
		return PointChanged{}, err
	}
	return PointChanged{Identity: identity, Until: t.Until}, nil
}

// removePoint removes a point at once, in a vault without soft delete. An
// attempt that finds it gone has done so before.
func (p *Prune) removePoint(ctx context.Context, in PointChange) error {
	if _, err := p.Vault.FindPoint(ctx, in.Instance, in.Point); err != nil && activity.GetInfo(ctx).Attempt == 1 {
		return err
	}
	err := p.Vault.Remove(ctx, in.Instance, in.Point, p.runs(ctx))
	if errors.Is(err, vault.ErrHeld) {
		return failure.New(failure.MaxConcurrentOperations, "wait for the restore, or cancel it",
			"a running job holds recovery point %q of instance %q", in.Point, in.Instance)
	}
	return err
}

// UndeletePoint brings a soft-deleted point back, to be kept for a while at
// least: the next sweep would otherwise delete again what has expired.
func (p *Prune) UndeletePoint(ctx context.Context, in PointChange) (PointChanged, error) {
	ctx, stop := beatPhase(ctx, "bringing the point back")
	defer stop()
	done, err := p.undeletePoint(ctx, in)
	return done, because(ctx, err)
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
			Policy: point.Policy, Rule: point.Rule, Expires: until,
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
