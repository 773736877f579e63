package activities

import (
	"context"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault"
)

// The values of [Rehydration].

func priority(r jobs.Rehydration) blobstore.Priority {
	if r.Priority == jobs.PriorityHigh {
		return blobstore.High
	}
	return blobstore.Standard
}

// RehydrateInput names an archived point that the job holds.
type RehydrateInput struct {
	Point PointRef         `json:"point"`
	Job   jobs.Ref         `json:"job"`
	How   jobs.Rehydration `json:"how"`
}

// RehydrationState is the progress of a rehydrated copy.
type RehydrationState struct {
	// From is what to read; nothing while the copy is in the making.
	From vault.Source `json:"from,omitzero"`
	// Priority is the copy's, which another job may have begun.
	Priority string `json:"priority,omitempty"`
	// Since is when the copy was begun, Expected when it should be done at the
	// latest, and Until how long it is kept.
	Since    time.Time `json:"since,omitzero"`
	Expected time.Time `json:"expected,omitzero"`
	Until    time.Time `json:"until,omitzero"`
	// BegunBy is the job that began it.
	BegunBy string `json:"begunBy,omitempty"`
}

// Ready reports whether there is something to read.
func (s RehydrationState) Ready() bool { return s.From != vault.Source{} }

// Rehydrate sees to it that a readable copy of an archived dump is made, and
// tells how far it is. It does not wait. Asking twice is asking once; a copy
// that somebody else has begun serves this job too.
func (r *Restore) Rehydrate(ctx context.Context, in RehydrateInput) (RehydrationState, error) {
	ctx, stop := beatPhase(ctx, "looking for a copy of the archived dump")
	defer stop()
	how := in.How.WithDefaults()
	done, err := r.Vault.Rehydrate(ctx, vault.Ask{
		Instance: in.Point.Instance, Point: in.Point.Point, Job: in.Job.ID, Run: in.Job.RunID,
		Priority: priority(how), HoldDays: how.HoldDays, Now: r.Now().UTC().Truncate(time.Second),
	})
	if err != nil {
		return RehydrationState{}, endCause(ctx, err)
	}
	state := RehydrationState{Since: done.At, Expected: done.Expected, Until: done.Until, BegunBy: done.Job, Priority: jobs.PriorityStandard}
	if done.Priority == blobstore.High {
		state.Priority = jobs.PriorityHigh
	}
	if done.From != nil {
		state.From = *done.From
	}
	return state, nil
}

// CancelRehydration ends a copy that is in the making for a job that does not
// wait for it any longer, unless another one does. One that is ready stays.
func (p *Prune) CancelRehydration(ctx context.Context, in HoldInput) error {
	ctx, stop := beatPhase(ctx, "ending the copy")
	defer stop()
	return endCause(ctx, p.pruner().CancelRehydration(ctx, in.Point.Instance, in.Point.Point, in.Job.ID))
}
