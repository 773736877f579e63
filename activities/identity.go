package activities

import (
	"context"

	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// startedBy returns the identity that the client starting a job claimed.
// Workflows cannot read it, and nothing verifies it.
func startedBy(ctx context.Context, c client.Client, job jobs.Ref) (string, error) {
	start, err := temporalx.ReadStart(ctx, c, job.ID, job.RunID)
	return start.Identity, err
}
