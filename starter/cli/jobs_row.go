package cli

import (
	"time"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy/schedule"
	"github.com/pgvault/pgvault/starter/cli/document"
)

// jobRow is a row of the listing.
type jobRow struct {
	// ID of a missed backup is the ID that its job would have had.
	ID        string
	RunID     string
	Operation string
	Instance  string
	Point     string
	Status    string
	// Phase is what a running job waits for; empty if it does not wait.
	Phase string
	// Step is the step of a running job, and Progress what it tells of itself.
	Step     string
	Progress string
	// Attempt counts the attempts of the step from 1, and LastError is why the
	// attempt before has failed.
	Attempt   int32
	LastError string
	Code      string
	Message   string
	// Scheduled is the time for which a schedule starts the job.
	Scheduled time.Time
	// Reason is why a backup was missed.
	Reason  schedule.Reason
	Started time.Time
	Ended   time.Time
	// Trigger is "schedule" or "on-demand".
	Trigger string
	// Leftovers are databases that the job left on servers.
	Leftovers []jobs.Leftover
	// Identity is the unverified identity that the client starting the job claimed.
	Identity string
	jobs.Work
}

func (r jobRow) took() string {
	if r.Ended.IsZero() {
		return ""
	}
	return durationText(r.Ended.Sub(r.Started))
}

func jobsDocument(rows []jobRow) *document.Jobs {
	answer := &document.Jobs{}
	for i := range rows {
		answer.Jobs = append(answer.Jobs, rows[i].document())
	}
	return answer
}

func (r jobRow) document() document.ListedJob {
	step := ""
	if r.Step != "" {
		step = document.StepOf(r.Step)
	}
	return document.ListedJob{
		ID: r.ID, RunID: r.RunID, Type: document.TypeOf(r.Operation), Instance: r.Instance, Point: r.Point, State: document.StateOf(r.Status),
		Phase: r.Phase, Step: step, Progress: r.Progress, Attempt: r.Attempt, LastError: r.LastError, Code: r.Code, Message: r.Message,
		Scheduled: r.Scheduled, Reason: document.MissedReason(r.Reason), Started: r.Started, Ended: r.Ended, Trigger: document.TriggerOf(r.Trigger),
		Leftovers: document.LeftoversOf(r.Leftovers), Identity: r.Identity, Work: document.WorkOf(r.Work),
	}
}
