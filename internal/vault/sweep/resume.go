package sweep

import (
	"context"

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
	if err := r.readProofs(ctx); err != nil {
		return err
	}
	planner := r.planner()
	for p, err := range r.sweeper.Vault.EachPoint(ctx, r.cursor.Instance) {
		if err != nil {
			return err
		}
		if p.ID > r.cursor.Last {
			break
		}
		point, err := r.point(ctx, p)
		if err != nil {
			return err
		}
		planner.Add(point)
	}
	r.planned, r.mass.partial = planner.State, true
	return nil
}

// readProofs lists the records of the drills of the cursor's instance. Without any
// in the vault, and if none keeps a point, it sends no request.
func (r *run) readProofs(ctx context.Context) (err error) {
	r.proofs = nil
	if r.report.Drilled && r.settings.KeepsLastProven() {
		r.proofs, err = r.sweeper.Vault.PointProofs(ctx, r.cursor.Instance)
	}
	return err
}

// point returns the planner's view of a point of the cursor's instance.
func (r *run) point(ctx context.Context, p vault.Point) (retention.Point, error) {
	point, err := Planned(ctx, p, r.settings.SoftDelete.Term(), r.sweeper.Vault.JobRuns)
	point.Proven = r.proofs[p.ID].Verdict.Holds()
	return point, err
}
