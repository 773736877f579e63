package vault

import (
	"context"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/policy"
)

// UndeleteFor undeletes a point and extends its retention to at least keep
// after mark.At, since the next sweep would otherwise delete an expired point
// again. mark has the time, identity, reason and job of the change. UndeleteFor
// returns the point's expiry.
func (v *Vault) UndeleteFor(ctx context.Context, instance, id string, keep policy.Duration, mark Retention) (time.Time, error) {
	point, err := v.FindPoint(ctx, instance, id)
	if err != nil {
		return time.Time{}, err
	}
	until := point.Expires
	if least := keep.AddTo(mark.At); !until.IsZero() && until.Before(least) {
		until = least
		mark.Policy, mark.Rule, mark.Expires, mark.ArchiveAt, mark.AtLeast = point.Policy, point.Rule, until, point.ArchiveAt, until
		if err := v.SetRetention(ctx, instance, id, mark); err != nil {
			return time.Time{}, err
		}
	}
	if err := v.Undelete(ctx, instance, id); err != nil {
		return time.Time{}, fmt.Errorf("undelete: %w", err)
	}
	return until, nil
}
