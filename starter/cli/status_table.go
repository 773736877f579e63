package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/starter/cli/follow"
)

// printEstate prints the vault in a few lines, and each instance in one.
func (a *App) printEstate(e estate.Estate) error {
	points := estate.Count{}
	for _, c := range e.Vault.Tiers {
		points.Points, points.Bytes = points.Points+c.Points, points.Bytes+c.Bytes
	}
	a.print("Vault %s at %s", e.Container, a.zone.time(e.At))
	a.print("%s: %s", counted(len(e.Instances), "instance"), cmp.Or(freshnessCount(e.Instances), "none"))
	a.print("%s, %s; last sweep %s, next %s", counted(points.Points, "recovery point"), progress.Size(points.Bytes),
		cmp.Or(a.zone.time(e.Vault.Sweep.LastSuccess), "none yet"), cmp.Or(a.zone.time(e.Vault.Sweep.Next), "none"))
	if e.Vault.Scrub != nil {
		a.print("scrubbed: %s", a.zone.scrubText(e.Vault.Scrub))
	}
	a.printUnseen(e)
	for _, p := range e.Vault.Problems {
		a.printProblem("", p)
	}
	if len(e.Instances) == 0 {
		a.print("No instance is protected. Add one to pgvault.yaml and: pgvault apply -f pgvault.yaml")
		return nil
	}
	a.print("")
	if err := a.printRows(e); err != nil {
		return err
	}
	if len(e.Instances[0].Problems) > 0 {
		a.print("\nThe cause and the remedy: pgvault status %s", e.Instances[0].Name)
	}
	return nil
}

// counted returns a number with its noun: "1 instance", "2 instances".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// printRows prints the table of instances, each in the colour of its worst problem.
func (a *App) printRows(e estate.Estate) error {
	var text bytes.Buffer
	columns := []column[estate.Instance]{
		{"INSTANCE", func(i estate.Instance) string { return i.Name }},
		{"PROTECTION", func(i estate.Instance) string { return string(i.Protection.State) }},
		{"FRESHNESS", func(i estate.Instance) string { return string(i.Freshness) }},
		{"LAST GOOD", a.zone.lastGood},
		{"AGE", func(i estate.Instance) string { return ageOf(i, e.At) }},
		{"NEXT", func(i estate.Instance) string { return a.zone.minute(i.Next) }},
		{"NOW", runningText},
		{"PROBLEM", problemKinds},
	}
	if slices.ContainsFunc(e.Instances, func(i estate.Instance) bool { return i.Drill != nil }) {
		columns = slices.Insert(columns, 5, column[estate.Instance]{"PROVEN", func(i estate.Instance) string { return provenAge(i, e.At) }})
	}
	if err := writeTable(&text, e.Instances, columns); err != nil {
		return err
	}
	header, rows, _ := strings.Cut(text.String(), "\n")
	a.print("%s", header)
	for n, line := range strings.Split(strings.TrimSuffix(rows, "\n"), "\n") {
		a.paint(severityOf(e.Instances[n].Problems), line)
	}
	return nil
}

func (z zone) lastGood(i estate.Instance) string {
	if i.LastGood == nil {
		return ""
	}
	return z.minute(i.LastGood.Committed)
}

// ageOf returns the age of the newest good point and the objective: "3h of 30h".
func ageOf(i estate.Instance, now time.Time) string {
	age := "none"
	if i.LastGood != nil {
		age = estate.DurationText(now.Sub(i.LastGood.Committed))
	}
	return age + " of " + estate.DurationText(i.Objective.Duration())
}

// runningText describes the running backup: its step or what it waits for, and the
// attempt if the step is repeated.
func runningText(i estate.Instance) string {
	if i.Running == nil {
		return ""
	}
	text := cmp.Or(i.Running.Phase, follow.Words(i.Running.Step), "backup begins")
	if i.Running.Attempt > 1 {
		text += fmt.Sprintf(", attempt %d", i.Running.Attempt)
	}
	return text
}

func problemKinds(i estate.Instance) string {
	var all []string
	for _, p := range i.Problems {
		text := string(p.Kind)
		if p.Code != "" {
			text += " (" + p.Code + ")"
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

func severityOf(problems []estate.Problem) estate.Severity {
	if len(problems) == 0 {
		return ""
	}
	return problems[0].Severity
}

func (a *App) printUnseen(e estate.Estate) {
	for _, reason := range e.Vault.Unseen {
		a.paint(estate.Warning, "Not seen: "+firstLine(reason))
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

func (a *App) printProblem(indent string, p estate.Problem) {
	a.paint(p.Severity, fmt.Sprintf("%s%s: %s", indent, p.Kind, strings.ReplaceAll(p.Message, "\n", " ")))
	for line := range strings.Lines(p.Remedy) {
		a.print("%s  %s", indent, strings.TrimRight(line, "\n"))
	}
}

// Colours of a terminal, which keep their meaning in light and dark schemes.
const (
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	plain  = "\x1b[0m"
)

// paint prints a line in the colour of a severity, on terminals only.
func (a *App) paint(s estate.Severity, line string) {
	colour := map[estate.Severity]string{estate.Critical: red, estate.Warning: yellow}[s]
	if !a.Colour || colour == "" {
		a.print("%s", line)
		return
	}
	_, _ = io.WriteString(a.paper, colour+printable.Line(line)+plain+"\n")
}
