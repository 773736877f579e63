package activities

import (
	"context"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy/scrub"
)

// PlanScrubInput is a request for the points that a scrub reads next.
type PlanScrubInput struct {
	// Read is the number of bytes that the scrub has read already.
	Read int64 `json:"read"`
	// Limit bounds the number of points.
	Limit int `json:"limit"`
}

// ScrubPlan is what a scrub reads next.
type ScrubPlan struct {
	// Points is empty if nothing is due, or if the scrub has read as much as it may.
	Points   []jobs.ScrubPoint `json:"points,omitempty"`
	Coverage scrub.Coverage    `json:"coverage"`
}

// PlanScrub plans by the settings of the vault. It reads these and listings only.
func (r *Restore) PlanScrub(ctx context.Context, in PlanScrubInput) (ScrubPlan, error) {
	ctx, stop := beatPhase(ctx, "listing the points")
	defer stop()
	plan, err := r.planScrub(ctx, in)
	return plan, endCause(ctx, err)
}

func (r *Restore) planScrub(ctx context.Context, in PlanScrubInput) (ScrubPlan, error) {
	settings, err := r.Vault.GetSettings(ctx)
	if err != nil {
		return ScrubPlan{}, err
	}
	if settings.Scrub == nil {
		return ScrubPlan{}, failure.New(failure.InvalidConfiguration, "add `scrub: {}` to vault: in pgvault.yaml, and: pgvault apply -f pgvault.yaml",
			"vault %s has no settings for scrubs", r.Vault.URL())
	}
	planned, err := r.Vault.PlanScrub(ctx,
		scrub.Rules{Now: r.Now(), Every: settings.Scrub.Every},
		scrub.Room{Bytes: settings.Scrub.BytesPerRun, Read: in.Read, Points: in.Limit})
	plan := ScrubPlan{Coverage: planned.Coverage}
	for _, p := range planned.Points {
		plan.Points = append(plan.Points, jobs.ScrubPoint{Instance: p.Instance, Point: p.ID, DumpSize: p.Bytes})
	}
	return plan, err
}
