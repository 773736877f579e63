package temporalx

import (
	"context"

	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/policy/schedule"
)

// Reconciled is the result of Reconcile.
type Reconciled struct {
	Changes     []Change
	StillPaused map[string]string
}

// Reconcile plans and makes the changes of a vault without owners.
func Reconcile(ctx context.Context, c client.Client, owner Owner, desired []schedule.Desired) (Reconciled, error) {
	plan, err := NewPlan(ctx, c, owner, desired, func(context.Context, string) (bool, error) { return true, nil })
	if err != nil {
		return Reconciled{}, err
	}
	done, err := plan.Do(ctx)
	return Reconciled{Changes: done, StillPaused: plan.StillPaused}, err
}
