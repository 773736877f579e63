package activities

import (
	"context"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault"
)

func priority(r jobs.Rehydration) blobstore.Priority {
	if r.Priority == jobs.PriorityHigh {
		return blobstore.High
	}
	return blobstore.Standard
}

// RehydrateInput is a request to rehydrate an archived point that the job
// holds.
type RehydrateInput struct {
	Point PointRef         `json:"point"`
	Job   jobs.Ref         `json:"job"`
	How   jobs.Rehydration `json:"how"`
}

// RehydrationState is the progress of a rehydrated copy.
type RehydrationState struct {
	// From is the blob to read; the zero value while the copy is being made.
	From vault.Source `json:"from,omitzero"`
	// Priority is the copy's priority; another job may have started it.
	Priority string `json:"priority,omitempty"`
	// Since is the start of the copy, Expected its latest expected end, and
	// Until the time until which it is kept.
	Since    time.Time `json:"since,omitzero"`
	Expected time.Time `json:"expected,omitzero"`
	Until    time.Time `json:"until,omitzero"`
	// BegunBy is the job that started it.
	BegunBy string `json:"begunBy,omitempty"`
}

// Ready reports whether the copy can be read.
func (s RehydrationState) Ready() bool { return s.From != vault.Source{} }

// Rehydrate starts a readable copy of an archived dump, or joins one that
// another job has started, and returns its state without waiting. It is
// idempotent.
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

// CancelRehydration aborts a copy that a job no longer waits for, unless
// another job does. A copy that is ready stays.
func (p *Prune) CancelRehydration(ctx context.Context, in HoldInput) error {
	ctx, stop := beatPhase(ctx, "ending the copy")
	defer stop()
	return endCause(ctx, p.pruner().CancelRehydration(ctx, in.Point.Instance, in.Point.Point, in.Job.ID))
}
