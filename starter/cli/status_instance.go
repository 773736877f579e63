package cli

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/progress"
)

// shownBackups is the number of points that are listed of an instance.
const shownBackups = 7

// printInstances prints everything known about each instance.
func (a *App) printInstances(e estate.Estate) {
	a.printUnseen(e)
	for _, p := range e.Vault.Problems {
		a.printProblem("", p)
	}
	for n := range e.Instances {
		if n > 0 {
			a.print("")
		}
		a.printInstance(e.Instances[n], e.At)
	}
}

func (a *App) printInstance(i estate.Instance, now time.Time) {
	a.print("%s: database %s on %s, policy %s", i.Name, i.Database, i.Server, i.Policy)
	line := func(title, text string) {
		if text != "" {
			a.print("  %-12s %s", title, text)
		}
	}
	line("protection", a.zone.protectionText(i))
	line("freshness", freshnessText(i))
	line("last good", backupText(i.LastGood, now))
	line("proven", a.zone.provenText(i.Drill, now))
	line("last drill", drillText(i.Drill, now))
	line("restore", restoreText(i.Drill))
	line("next drill", a.zone.nextDrill(i.Drill))
	line("scrubbed", a.zone.scrubText(i.Scrub))
	line("running", runningLine(i, now))
	line("last failure", a.zone.failureText(i.LastFailure))
	line("next start", a.zone.time(i.Next))
	line("points", tiersText(i.Tiers))
	line("deleted", a.zone.deletedText(i.Deleted))
	line("missed", a.zone.missedStarts(i.Missed))
	for _, p := range i.Problems {
		a.printProblem("  ", p)
	}
	for n, b := range slices.Backward(i.Recent[max(0, len(i.Recent)-shownBackups):]) {
		title := ""
		if n == min(len(i.Recent), shownBackups)-1 {
			title = "backups"
		}
		a.print("  %-12s %s", title, backupText(&b, now))
	}
}

func (z zone) protectionText(i estate.Instance) string {
	p := i.Protection
	switch {
	case p.State == estate.Stopped:
		return fmt.Sprintf("%s since %s by %s%s", p.Mode, dash(z.time(p.Since)), cmp.Or(p.By, "unknown"), reasonText(p.Reason))
	case p.State == estate.NotScheduled:
		return fmt.Sprintf("protected since %s; backups are not scheduled", z.time(i.ProtectedSince))
	}
	return fmt.Sprintf("%s since %s", p.State, z.time(i.ProtectedSince))
}

func freshnessText(i estate.Instance) string {
	if i.Freshness == estate.Unwatched {
		return string(i.Freshness)
	}
	return fmt.Sprintf("%s; the newest good point may be %s old (by the %s)", i.Freshness, estate.DurationText(i.Objective.Duration()), i.Objective.From)
}

func reasonText(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

func backupText(b *estate.Backup, now time.Time) string {
	if b == nil {
		return "none"
	}
	text := fmt.Sprintf("%s, %s ago, %s", b.Point, estate.DurationText(now.Sub(b.Committed)), progress.Size(b.Bytes))
	if b.Seconds > 0 {
		text += fmt.Sprintf(" in %s", durationText(time.Duration(b.Seconds*float64(time.Second))))
	}
	if !b.Good {
		text += ", cannot be restored"
	}
	return text
}

func runningLine(i estate.Instance, now time.Time) string {
	if i.Running == nil {
		return ""
	}
	text := fmt.Sprintf("%s since %s: %s", i.Running.Job, estate.DurationText(now.Sub(i.Running.Started)), runningText(i))
	if i.Running.LastError != "" {
		text += ", since: " + firstLine(i.Running.LastError)
	}
	return text
}

func (z zone) failureText(f *estate.Failure) string {
	if f == nil {
		return ""
	}
	return fmt.Sprintf("%s, %s: %s", z.time(f.At), f.Job, firstLine(f.Message))
}

func tiersText(tiers map[string]estate.Count) string {
	var parts []string
	for _, tier := range slices.Sorted(maps.Keys(tiers)) {
		parts = append(parts, fmt.Sprintf("%d in tier %s, %s", tiers[tier].Points, cmp.Or(strings.ToLower(tier), "unknown"), progress.Size(tiers[tier].Bytes)))
	}
	return strings.Join(parts, "; ")
}

func (z zone) deletedText(deleted []estate.Deletion) string {
	if len(deleted) == 0 {
		return ""
	}
	last := deleted[len(deleted)-1]
	return fmt.Sprintf("%d can be undeleted, such as %s until %s", len(deleted), last.Point, dash(z.time(last.Until)))
}

// missedStarts names the last missed starts.
func (z zone) missedStarts(missed []time.Time) string {
	if len(missed) == 0 {
		return ""
	}
	var texts []string
	for _, at := range missed[max(0, len(missed)-shownBackups):] {
		texts = append(texts, z.time(at))
	}
	return fmt.Sprintf("%d starts in %d days: %s", len(missed), estate.Days, strings.Join(texts, ", "))
}
