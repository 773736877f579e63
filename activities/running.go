package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/converter"

	"github.com/pgvault/pgvault/internal/jobs"
)

// RunningBackup identifies the job and the time of a backup. Its fields are
// those of the backup's input.
type RunningBackup struct {
	Scheduled time.Time    `json:"scheduled"`
	Job       jobs.Ref     `json:"job"`
	Trigger   jobs.Trigger `json:"trigger"`
}

// Running returns the running backup of an instance, or the last one, or the
// zero value if Temporal knows of none.
func (b *Backup) Running(ctx context.Context, in InstanceRef) (RunningBackup, error) {
	ctx, stop := beatPhase(ctx, "looking at the backup that runs")
	defer stop()
	running, err := b.running(ctx, jobs.BackupRunID(in.Instance))
	return running, endCause(ctx, err)
}

func (b *Backup) running(ctx context.Context, workflowID string) (running RunningBackup, err error) {
	events := b.Temporal.GetWorkflowHistory(ctx, workflowID, "", false, 0)
	if !events.HasNext() {
		return running, nil
	}
	first, err := events.Next()
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return running, nil
	}
	if err != nil {
		return running, fmt.Errorf("read the input of %s: %w", workflowID, err)
	}
	input := first.GetWorkflowExecutionStartedEventAttributes().GetInput()
	if err := converter.GetDefaultDataConverter().FromPayloads(input, &running); err != nil {
		return running, fmt.Errorf("decode the input of %s: %w", workflowID, err)
	}
	return running, nil
}
