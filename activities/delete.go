package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/vault"
)

// PointChange names a recovery point to delete or to undelete, and the reason.
type PointChange struct {
	Instance string `json:"instance"`
	Point    string `json:"point"`
	Reason   string `json:"reason,omitempty"`
	// Keep is how long an undeleted point is kept at least.
	Keep policy.Duration `json:"keep,omitzero"`
	Job  jobs.Ref        `json:"job"`
}

// PointChanged is the result of a changed point.
type PointChanged struct {
	// Identity is what the client that started the job claimed to be.
	Identity string `json:"identity,omitempty"`
	// Until is the end of the time in which a deleted point can be undeleted, or in
	// which an undeleted one is kept; zero if the point was purged.
	Until time.Time `json:"until,omitzero"`
}

// DeletePoint deletes a point by a person's wish. It is idempotent.
func (p *Prune) DeletePoint(ctx context.Context, in PointChange) (PointChanged, error) {
	ctx, stop := beatPhase(ctx, "deleting the point")
	defer stop()
	done, err := p.deletePoint(ctx, in)
	return done, endCause(ctx, err)
}

func (p *Prune) deletePoint(ctx context.Context, in PointChange) (PointChanged, error) {
	d, identity, err := p.deletion(ctx, in.Job, in.Reason)
	if err != nil {
		return PointChanged{}, err
	}
	if d.Final() && activity.GetInfo(ctx).Attempt == 1 { // a later one may find it gone
		if _, err := p.Vault.FindPoint(ctx, in.Instance, in.Point); err != nil {
			return PointChanged{}, err
		}
	}
	until, err := d.Point(ctx, in.Instance, in.Point)
	return PointChanged{Identity: identity, Until: until}, err
}

// deletion returns how the vault's settings delete points for a job, and the
// identity of the person who started it.
func (p *Prune) deletion(ctx context.Context, job jobs.Ref, reason string) (d vault.Deletion, identity string, err error) {
	if identity, err = startedBy(ctx, p.Temporal, job); err != nil {
		return d, "", err
	}
	d, err = p.pruner().NewDeletion(ctx, vault.Tombstone{Identity: identity, Reason: reason, Job: job.ID}, p.Now())
	return d, identity, err
}

// UndeletePoint undeletes a soft-deleted point. It is idempotent.
func (p *Prune) UndeletePoint(ctx context.Context, in PointChange) (PointChanged, error) {
	ctx, stop := beatPhase(ctx, "undeleting the point")
	defer stop()
	done, err := p.undeletePoint(ctx, in)
	return done, endCause(ctx, err)
}

func (p *Prune) undeletePoint(ctx context.Context, in PointChange) (PointChanged, error) {
	identity, err := startedBy(ctx, p.Temporal, in.Job)
	if err != nil {
		return PointChanged{}, err
	}
	mark := vault.Retention{At: p.Now().UTC().Truncate(time.Second), Job: in.Job.ID, Identity: identity, Reason: "brought back: " + in.Reason}
	until, err := p.Vault.UndeleteFor(ctx, in.Instance, in.Point, in.Keep, mark)
	return PointChanged{Identity: identity, Until: until}, err
}
