package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/vault"
)

// PointChange is a request to delete or undelete a recovery point, with the
// reason.
type PointChange struct {
	Instance string `json:"instance"`
	Point    string `json:"point"`
	Reason   string `json:"reason,omitempty"`
	// Keep is the least time for which an undeleted point is kept.
	Keep policy.Duration `json:"keep,omitzero"`
	Job  jobs.Ref        `json:"job"`
}

// PointChanged is the result of a deletion or undeletion.
type PointChanged struct {
	// Identity is the unverified identity that the client starting the job
	// claimed.
	Identity string `json:"identity,omitempty"`
	// Until is the time until which a deleted point can be undeleted, or an
	// undeleted one is kept; zero if the point was purged.
	Until time.Time `json:"until,omitzero"`
}

// DeletePoint deletes a point at a person's request. It is idempotent.
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
	if d.Final() && activity.GetInfo(ctx).Attempt == 1 { // a later attempt may find it deleted
		if _, err := p.Vault.FindPoint(ctx, in.Instance, in.Point); err != nil {
			return PointChanged{}, err
		}
	}
	until, err := d.Point(ctx, in.Instance, in.Point)
	return PointChanged{Identity: identity, Until: until}, err
}

// deletion returns the vault's deletion for a job, and the identity of the
// person who started the job.
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
