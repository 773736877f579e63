package cli

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/starter/cli/follow"
)

func (a *App) jobsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "jobs",
		Short: "List jobs",
		Long: `List jobs, the newest first: from Temporal, and from the vault's own records
where Temporal has forgotten them. A running job shows its step and progress, and
why the step is tried again, if it is. A failed job that was rerun shows what came
of that.

A backup that a schedule should have started and did not has a row with the
status "missed" and its reason: "overlap" where the schedule's job before still
ran or waited for a worker, "away" where Temporal came back after the catch-up
window, "paused" where the schedule was paused. Times before the schedule's last
change are not looked at, nor are those while protection was stopped. This takes
the vault's records.`,
		Args: cobra.NoArgs,
	}
	cmd.AddCommand(a.jobsShowCommand())
	instance := cmd.Flags().String("instance", "", "only this instance's")
	failed := cmd.Flags().Bool("failed", false, "only failed jobs and missed backups")
	since := sinceFlag(cmd, "30d")
	a.localFlag(cmd)
	vaultURL := vaultFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		from, err := since()
		if err != nil {
			return err
		}
		return a.jobs(cmd.Context(), jobsQuery{*instance, *failed, from}, *vaultURL)
	}
	return cmd
}

type jobsQuery struct {
	instance string
	failed   bool
	from     time.Time
}

// maxReason is the length of the longest reason in a note, in bytes.
const maxReason = 300

func (a *App) jobs(ctx context.Context, q jobsQuery, vaultFlag string) error {
	rows, err := a.jobRows(ctx, q, vaultFlag)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		if err := a.checkKnown(ctx, vaultFlag, q.instance, ""); err != nil {
			return err
		}
	}
	if q.failed {
		rows = slices.DeleteFunc(rows, func(r jobRow) bool { return !slices.Contains(failedStatuses, r.Status) })
	}
	for _, r := range rows {
		if r.LastError != "" {
			a.note("Job %s tries %s again, attempt %d, since: %s", r.ID, follow.Words(r.Step), r.Attempt, printable.Cut(firstLine(r.LastError), maxReason))
		}
		for _, l := range r.Leftovers {
			a.note("Job %s left %s: %s", r.ID, l.Name(), l.Reason)
		}
	}
	return a.answers(jobsDocument(rows), func() error { return a.printJobs(rows) })
}

func (a *App) printJobs(rows []jobRow) error {
	return printTable(a, rows, []column[jobRow]{
		{"JOB", func(r jobRow) string { return r.ID }},
		{"OPERATION", func(r jobRow) string { return r.Operation }},
		{"STATUS", jobRow.status},
		{"CODE", func(r jobRow) string { return r.Code }},
		{"STARTED", func(r jobRow) string { return a.zone.time(r.Started) }},
		{"TOOK", func(r jobRow) string { return r.took() }},
		{"POINT", func(r jobRow) string { return r.Point }},
	})
}

// jobRows returns jobs and missed backups. Without the vault's records, a job
// that Temporal has deleted would look like a missed backup.
func (a *App) jobRows(ctx context.Context, q jobsQuery, vaultFlag string) ([]jobRow, error) {
	s, err := a.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	v, err := a.vaultOfJobs(vaultFlag)
	if err != nil {
		return nil, err
	}
	if v == nil {
		jobs, err := s.jobs.List(ctx, temporalx.JobFilter{Instance: q.instance, Since: q.from})
		if err != nil {
			return nil, err
		}
		return s.withProgress(ctx, mergeJobs(jobs, nil))
	}
	local := time.Now()
	now, err := a.rightTime(ctx, v, local)
	if err != nil {
		return nil, err
	}
	q.from = q.from.Add(now.Sub(local))
	jobs, err := s.jobs.List(ctx, temporalx.JobFilter{Instance: q.instance, Since: q.from})
	if err != nil {
		return nil, err
	}
	records, err := recordsSince(ctx, v, q, now)
	if err != nil {
		return nil, err
	}
	states, err := temporalx.BackupSchedules(ctx, s, q.instance)
	if err != nil {
		return nil, err
	}
	rows, err := s.withProgress(ctx, mergeJobs(jobs, records))
	if err != nil {
		return nil, err
	}
	return withMissed(rows, states, q.from, now)
}

// vaultOfJobs opens the vault with the records, or returns nil if none is
// named. The listing then has only Temporal's jobs, and a note says so.
func (a *App) vaultOfJobs(vaultFlag string) (*vault.Vault, error) {
	v, err := a.openVault(vaultFlag)
	var usage *usageError
	if errors.As(err, &usage) && vaultFlag == "" && a.Getenv(envVault) == "" {
		a.note("Note: %s is not set, so this lists only what Temporal still remembers, and no missed backups.", envVault)
		return nil, nil
	}
	return v, err
}

// runKey identifies a run, since several jobs may have had the same ID.
type runKey struct{ id, runID string }

// mergeJobs merges Temporal's jobs and the vault's records. Temporal knows the
// running jobs; the record knows the end of a job that was rerun. A record
// belongs to one run: other runs with the same ID are other jobs.
func mergeJobs(known []temporalx.Job, records []jobs.Record) []jobRow {
	rows, index := rowsOfJobs(known)
	// A job that was rerun in another month has a record in each.
	byEnd := slices.SortedStableFunc(slices.Values(records), func(a, b jobs.Record) int { return a.Ended.Compare(b.Ended) })
	for _, record := range byEnd {
		key := runKey{record.ID, record.RunID}
		i, listed := index[key]
		if !listed {
			index[key] = len(rows)
			rows = append(rows, rowOfRecord(record))
			continue
		}
		rows[i] = withRecord(rows[i], record)
	}
	slices.SortStableFunc(rows, func(a, b jobRow) int { return b.Started.Compare(a.Started) })
	return rows
}

// rowsOfJobs returns the rows of Temporal's jobs, which are sorted newest
// first, and the index of each run's row. A run that was continued as new has
// the row of the newer run.
func rowsOfJobs(jobs []temporalx.Job) ([]jobRow, map[runKey]int) {
	rows := make([]jobRow, 0, len(jobs))
	index, newest := map[runKey]int{}, map[string]int{}
	for _, j := range jobs {
		newer, known := newest[j.ID]
		if known && j.Status == temporalx.StatusContinued {
			rows[newer].Started = j.Started
		} else {
			newer = len(rows)
			rows = append(rows, rowOfJob(j))
		}
		newest[j.ID], index[runKey{j.ID, j.RunID}] = newer, newer
	}
	return rows, index
}

func rowOfJob(j temporalx.Job) jobRow {
	row := jobRow{
		ID: j.ID, RunID: j.RunID, Operation: j.Operation, Instance: j.Instance, Point: j.Point,
		Status: j.Status, Phase: j.Phase, Code: j.ErrorCode, Started: j.Started, Ended: j.Ended, Trigger: "on-demand",
	}
	if j.Schedule != "" {
		row.Trigger = "schedule"
		_, row.Scheduled, _ = jobs.ScheduleOf(j.ID)
	}
	return row
}

func rowOfRecord(r jobs.Record) jobRow {
	row := jobRow{
		ID: r.ID, RunID: r.RunID, Operation: r.Operation, Instance: r.Instance, Point: r.Point,
		Status: r.Outcome, Code: r.Code, Message: r.Message, Started: r.Started, Ended: r.Ended, Trigger: r.Trigger,
		Leftovers: r.Leftovers, Identity: r.Identity, Work: r.Work,
	}
	if r.Trigger == manifest.TriggerSchedule {
		_, row.Scheduled, _ = jobs.ScheduleOf(r.ID)
	}
	return row
}

// withRecord adds what only the record has: the message, and the outcome of a
// rerun, which is later than the end that Temporal has for the job itself.
func withRecord(row jobRow, r jobs.Record) jobRow {
	if row.Ended.IsZero() {
		return row
	}
	row.Message, row.Leftovers, row.Identity, row.Work = r.Message, r.Leftovers, r.Identity, r.Work
	if row.Point == "" {
		row.Point = r.Point
	}
	if r.Ended.After(row.Ended) {
		row.Status, row.Code, row.Ended, row.Point = r.Outcome, r.Code, r.Ended, r.Point
	}
	return row
}

func recordsSince(ctx context.Context, v *vault.Vault, q jobsQuery, now time.Time) ([]jobs.Record, error) {
	records, err := v.ListJobs(ctx, q.from, now)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(records, func(r jobs.Record) bool { return q.instance != "" && r.Instance != q.instance }), nil
}
