package cli

import (
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/policy/simulate"
	"github.com/pgvault/pgvault/internal/progress"
)

// printSimulation prints the result of a simulation: a table of the rules and a
// table of the years.
func (a *App) printSimulation(r simulate.Result) error {
	a.print("Policy %s from %s to %s, in the time of %s: %d backups taken, %d failed.\n",
		r.Policy, r.From.Format(time.DateOnly), r.To.Format(time.DateOnly), r.TimeZone, r.Taken, r.Failed)
	err := printTable(a, r.Rules, []column[simulate.RuleResult]{
		{"RULE", func(r simulate.RuleResult) string { return r.Rule }},
		{"KEEPS FOR", func(r simulate.RuleResult) string { return r.Keeps }},
		{"TAKEN", func(r simulate.RuleResult) string { return fmt.Sprint(r.Taken) }},
		{"STANDARD", func(r simulate.RuleResult) string { return fmt.Sprint(r.End.Standard) }},
		{"AT MOST", func(r simulate.RuleResult) string { return fmt.Sprint(r.Peak.Standard) }},
		{"ARCHIVE", func(r simulate.RuleResult) string { return fmt.Sprint(r.End.Archive) }},
		{"AT MOST", func(r simulate.RuleResult) string { return fmt.Sprint(r.Peak.Archive) }},
	})
	if err != nil {
		return err
	}
	a.print("")
	return printTable(a, r.Years, append([]column[simulate.YearResult]{
		{"UNTIL", func(y simulate.YearResult) string { return y.End.Format(time.DateOnly) }},
		{"TAKEN", func(y simulate.YearResult) string { return fmt.Sprint(y.Taken) }},
		{"DUMP", func(y simulate.YearResult) string { return progress.Size(y.DumpBytes) }},
		{"STANDARD", func(y simulate.YearResult) string { return fmt.Sprint(y.Points.Standard) }},
		{"STORED", func(y simulate.YearResult) string { return progress.Size(y.Bytes.Standard) }},
		{"ARCHIVE", func(y simulate.YearResult) string { return fmt.Sprint(y.Points.Archive) }},
		{"STORED", func(y simulate.YearResult) string { return progress.Size(y.Bytes.Archive) }},
	}, scrubColumns(r.Years)...))
}

// scrubColumns returns the columns of what scrubs read; none without scrubs.
func scrubColumns(years []simulate.YearResult) []column[simulate.YearResult] {
	if len(years) == 0 || years[0].Scrub == nil {
		return nil
	}
	return []column[simulate.YearResult]{
		{"SCRUBBED", func(y simulate.YearResult) string { return fmt.Sprint(y.Scrub.Points) }},
		{"READ", func(y simulate.YearResult) string { return progress.Size(y.Scrub.Bytes) }},
		{"OVERDUE", func(y simulate.YearResult) string { return fmt.Sprint(y.Scrub.Overdue) }},
	}
}
