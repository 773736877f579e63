package activities

import (
	"context"
	"time"

	"github.com/pgvault/pgvault/internal/progress"
)

// Carrier is exported for the tests of work that outlives its attempt.
type Carrier = carrier

// Carry does work of no kind.
func Carry(ctx context.Context, c *Carrier, do func(context.Context) (string, error)) (string, error) {
	return carry(ctx, c, counted(progress.NewMeter(time.Now, "work")), do)
}

// Announce announces details in work that Carry does.
func Announce(ctx context.Context, details string) error {
	return announce(ctx, func() any { return details })
}
