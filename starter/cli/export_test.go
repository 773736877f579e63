package cli

import (
	"io"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy/schedule"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// JobRow is a row of the listing of jobs.
type JobRow = jobRow

// MergeJobs returns the rows of `pgvault jobs`.
func MergeJobs(jobs []temporalx.Job, records []jobs.Record) []JobRow {
	return mergeJobs(jobs, records)
}

// State is the state of a running job.
type State struct {
	Step, Text, LastError string
	Attempt               int32
	Moved                 *progress.Snapshot
}

// View shows states.
type View struct{ view }

// NewLineView returns a view that prints lines.
func NewLineView(out io.Writer, now func() time.Time) View {
	return View{&lineView{out: out, now: now}}
}

// NewBarView returns a view that draws a bar.
func NewBarView(out io.Writer) View { return View{&barView{out: out, screen: out}} }

// Show shows a state.
func (v View) Show(s State) {
	v.show(jobState{step: s.Step, text: s.Text, lastError: s.LastError, attempt: s.Attempt, moved: s.Moved})
}

// Close ends the view.
func (v View) Close() { v.close() }

// WithMissed adds the missed backups.
func WithMissed(rows []JobRow, states []schedule.State, from, now time.Time) ([]JobRow, error) {
	return withMissed(rows, states, from, now)
}

// PrintTable prints a table of one column.
func PrintTable(a *App, cells []string) error {
	return printTable(a, cells, []column[string]{{"NAME", func(s string) string { return s }}})
}

// Status is the document of `pgvault status -o json`.
type Status = status

// PrintEstate prints an estate as `pgvault status` does.
func PrintEstate(a *App, e estate.Estate) error {
	a.paper, a.Out = a.Out, printable.Writer(a.Out)
	return a.printEstate(e)
}

// PrintInstances prints an estate as `pgvault status INSTANCE...` does.
func PrintInstances(a *App, e estate.Estate) error {
	a.paper, a.Out = a.Out, printable.Writer(a.Out)
	a.printInstances(e)
	return nil
}

// Scrubbed returns what is printed of the result of a scrub.
func Scrubbed(r jobs.ScrubResult) string {
	var out strings.Builder
	a := App{Out: &out}
	a.printScrubbed(r)
	return out.String()
}
