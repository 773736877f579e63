package page

import (
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/progress"
)

// functions are those of the template.
var functions = template.FuncMap{
	"text": printable.Line, "lines": printable.Lines, "size": progress.Size, "time": timeText, "age": age, "state": stateOf, "tier": func(name string) string { return printable.Line(strings.ToLower(name)) },
	"objective": func(o estate.Objective) string { return estate.DurationText(o.Duration()) },
	"took":      func(b estate.Backup) string { return secondsText(b.Seconds) },
	"newest":    newest, "strip": strip, "sizes": sizes, "durations": durations, "job": jobURL,
}

// count is the number of instances in a state.
type count struct {
	State string
	N     int
}

// counts returns how many instances are in each state, the worst first.
func counts(instances []estate.Instance) []count {
	number := map[string]int{}
	for i := range instances {
		number[stateOf(instances[i])]++
	}
	var all []count
	for _, state := range []string{"never", "stale", "failing", "late", "paused", "waiting", "fresh", "stopped"} {
		if number[state] > 0 {
			all = append(all, count{state, number[state]})
		}
	}
	return all
}

// stateOf returns the word that describes an instance best: its freshness, or what
// else is wrong.
func stateOf(i estate.Instance) string {
	switch i.Freshness {
	case estate.Never, estate.Stale, estate.Late:
		return string(i.Freshness)
	case estate.Unwatched:
		return "stopped"
	}
	for _, p := range i.Problems {
		switch {
		case p.Severity == estate.Critical:
			return "failing"
		case p.Kind == estate.KindNotScheduled:
			return "paused"
		}
	}
	return string(i.Freshness)
}

// timeText returns a time to the minute, or a dash.
func timeText(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04")
}

func age(i estate.Instance, now time.Time) string {
	if i.LastGood == nil {
		return "none"
	}
	return estate.DurationText(now.Sub(i.LastGood.Committed))
}

func secondsText(seconds float64) string {
	if seconds == 0 {
		return "–"
	}
	return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
}

// listed is the number of points in the table of an instance.
const listed = 10

// newest returns the newest backups, the newest first.
func newest(all []estate.Backup) []estate.Backup {
	turned := slices.Clone(all[max(0, len(all)-listed):])
	slices.Reverse(turned)
	return turned
}

// jobURL returns the address of a job in Temporal's UI, or "" without one.
func jobURL(o Options, job string) string {
	if o.UI == "" || job == "" {
		return ""
	}
	return fmt.Sprintf("%s/namespaces/%s/workflows/%s", strings.TrimSuffix(o.UI, "/"), url.PathEscape(o.Namespace), url.PathEscape(job))
}
