package activities

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/jobs"
)

// startedBy asks Temporal what the client that started a job claimed to be: a
// workflow cannot see it, and nothing checks it.
func startedBy(ctx context.Context, c client.Client, job jobs.Ref) (string, error) {
	events := c.GetWorkflowHistory(ctx, job.ID, job.RunID, false, 0)
	if !events.HasNext() {
		return "", nil
	}
	first, err := events.Next()
	if err != nil {
		return "", fmt.Errorf("read who started job %s: %w", job.ID, err)
	}
	return first.GetWorkflowExecutionStartedEventAttributes().GetIdentity(), nil
}
