package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy/schedule"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/vault"
)

// JobRow is a row of the listing of jobs.
type JobRow = jobRow

// MergeJobs returns the rows of `pgvault jobs`.
func MergeJobs(jobs []temporalx.Job, records []jobs.Record) []JobRow {
	return mergeJobs(jobs, records)
}

// WithMissed adds the missed backups.
func WithMissed(rows []JobRow, states []schedule.State, from, now time.Time) ([]JobRow, error) {
	return withMissed(rows, states, from, now)
}

// PrintTable prints a table of one column.
func PrintTable(a *App, cells []string) error {
	return printTable(a, cells, []column[string]{{"NAME", func(s string) string { return s }}})
}

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

// Commands returns all commands by their paths.
func Commands() map[string]*cobra.Command {
	root, _ := new(App).root()
	return commands(root)
}

// Choose returns the completions of a word.
func Choose(all, given []string, word string) []string {
	return choose(slices.Clone(all), given, word)
}

// CompleteWith returns the completions of a source that first calls a function.
func CompleteWith(ctx context.Context, url string, first func()) []string {
	a := App{Getenv: func(string) string { return url }}
	cmd := &cobra.Command{}
	cmd.SetContext(ctx)
	found, _ := a.complete(func(context.Context, *vault.Vault, *cobra.Command, []string) ([]cobra.Completion, error) {
		first()
		return []string{"late"}, nil
	})(cmd, nil, "")
	return found
}

// LocalText returns a time as commands print it for people in a zone; nil is UTC.
func LocalText(at time.Time, in *time.Location) string { return zone{in}.time(at) }
