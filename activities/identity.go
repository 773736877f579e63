package activities

import (
	"context"

	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// startedBy returns what the client that started a job claimed to be. A workflow
// cannot see it, and nothing checks it.
func startedBy(ctx context.Context, c client.Client, job jobs.Ref) (string, error) {
	start, err := temporalx.ReadStart(ctx, c, job.ID, job.RunID)
	return start.Identity, err
}
