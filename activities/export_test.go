package activities

import (
	"context"
	"time"

	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// Carrier is exported for tests of work that outlives its attempt.
type Carrier = carrier

// Carry carries work without a meter.
func Carry(ctx context.Context, c *Carrier, do func(context.Context) (string, error)) (string, error) {
	return carry(ctx, c, counted(progress.NewMeter(time.Now, "work")), do)
}

// Announce announces details in the work of Carry.
func Announce(ctx context.Context, details string) error {
	return announce(ctx, func() any { return details })
}

// CheckFingerprints returns the refusal of a point that has no fingerprints.
func CheckFingerprints(r *Restore, m manifest.Manifest) error {
	_, err := r.fingerprints(m)
	return err
}
