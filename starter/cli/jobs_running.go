package cli

import (
	"context"
	"fmt"

	"github.com/pgvault/pgvault/internal/temporalx/parallel"
	"github.com/pgvault/pgvault/starter/cli/follow"
)

// withProgress adds to running jobs what the server knows of their steps.
func (s *session) withProgress(ctx context.Context, rows []jobRow) ([]jobRow, error) {
	var running []*jobRow
	var names []string
	for i := range rows {
		if rows[i].Status == statusRunning {
			running, names = append(running, &rows[i]), append(names, "job "+rows[i].ID)
		}
	}
	err := parallel.Each(ctx, names, func(ctx context.Context, i int) error {
		found, err := s.jobs.Progress(ctx, running[i].ID, running[i].RunID)
		if err == nil {
			running[i].shows(follow.Of(found))
		}
		return err
	})
	return rows, err
}

// statusRunning is the status of a running job.
const statusRunning = "running"

func (r *jobRow) shows(s follow.State) {
	r.Step, r.Attempt, r.Progress = s.Step, s.Attempt, s.Measure()
	if s.Attempt > 1 {
		r.LastError = s.LastError
	}
}

// status returns the status with its reason, or with what a running job does:
// "running, dump: 1.2 GiB of 4.0 GiB, attempt 2".
func (r jobRow) status() string {
	switch {
	case r.Status == statusMissed:
		return statusMissed + ", " + string(r.Reason)
	case r.Status != statusRunning:
		return r.Status
	case r.Phase != "":
		return r.Status + ", " + r.Phase
	case r.Step == "":
		return r.Status
	}
	text := r.Status + ", " + follow.Words(r.Step)
	if r.Progress != "" {
		text += ": " + firstLine(r.Progress)
	}
	if r.Attempt > 1 {
		text += fmt.Sprintf(", attempt %d", r.Attempt)
	}
	return text
}
