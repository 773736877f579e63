package sweep

import (
	"context"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy/retention"
	"github.com/pgvault/pgvault/internal/vault"
)

// resume plans the points of the cursor's instance again, up to the cursor. The
// cursor comes from the job's input and may be forged. Only its position is
// used, and not earlier findings.
func (r *run) resume(ctx context.Context) error {
	if r.cursor.Instance == "" {
		return nil
	}
	planner := r.planner()
	for p, err := range r.sweeper.Vault.EachPoint(ctx, r.cursor.Instance) {
		if err != nil {
			return err
		}
		if p.ID > r.cursor.Last {
			break
		}
		point, err := r.sweeper.planned(ctx, p, r.settings)
		if err != nil {
			return err
		}
		planner.Add(point)
	}
	r.planned, r.mass.partial = planner.State, true
	return nil
}

func (s Sweeper) planned(ctx context.Context, p vault.Point, settings instance.VaultSettings) (retention.Point, error) {
	return Planned(ctx, p, settings.SoftDelete.Term(), s.Vault.JobRuns)
}
