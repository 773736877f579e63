package activities

import (
	"context"
	"time"

	"github.com/pgvault/pgvault/internal/progress"
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
