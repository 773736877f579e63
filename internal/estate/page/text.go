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
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/progress"
)

// functions are those of the template.
var functions = template.FuncMap{
	"text": printable.Line, "lines": printable.Lines, "size": progress.Size, "time": timeText, "age": age, "state": stateOf, "tier": func(name string) string { return printable.Line(strings.ToLower(name)) },
	"objective": func(o estate.Objective) string { return estate.DurationText(o.Duration()) },
	"duration":  estate.DurationText,
	"took":      func(b estate.Backup) string { return secondsText(b.Seconds) },
	"seconds":   secondsText, "lastDrill": lastDrill,
	"newest": newest, "strip": strip, "total": total, "sizes": sizes, "durations": durations, "job": jobURL, "jobs": jobsURL, "schedule": scheduleURL,
}

// count is the number of instances in a state.
type count struct {
	State string
	N     int
}

// counts returns how many instances are in each state, the worst first.
func counts(instances []estate.Instance, now time.Time) []count {
	number := map[string]int{}
	for i := range instances {
		number[stateOf(instances[i], now)]++
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
func stateOf(i estate.Instance, now time.Time) string {
	freshness := i.FreshnessAt(now)
	switch freshness {
	case estate.Never, estate.Stale, estate.Late:
		return string(freshness)
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
	return string(freshness)
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

// lastDrill reports whether the newest drill is another one than the newest proof, or
// its record is not accepted.
func lastDrill(d *estate.Drill) bool {
	return d.Last != nil && (d.Doubt != "" || d.LastProven == nil || d.LastProven.Sequence != d.Last.Sequence)
}

// listed is the number of points in the table of an instance.
const listed = 10

// newest returns the newest backups, the newest first.
func newest(all []estate.Backup) []estate.Backup {
	turned := slices.Clone(all[max(0, len(all)-listed):])
	slices.Reverse(turned)
	return turned
}

// address returns an address in Temporal's UI, or "" if that is unknown.
func address(o Options, page string) string {
	if o.UI == "" {
		return ""
	}
	return fmt.Sprintf("%s/namespaces/%s/%s", strings.TrimSuffix(o.UI, "/"), url.PathEscape(o.Namespace), page)
}

// jobURL returns the address of a job.
func jobURL(o Options, job string) string { return address(o, "workflows/"+url.PathEscape(job)) }

// jobsURL returns the address of the list of an instance's jobs.
func jobsURL(o Options, instance string) string {
	return address(o, "workflows?query="+url.QueryEscape(fmt.Sprintf("%s = %q", jobs.AttributeInstance, instance)))
}

// scheduleURL returns the address of an instance's first schedule.
func scheduleURL(o Options, instance string) string {
	return address(o, "schedules/"+url.PathEscape(jobs.BackupSchedule(instance)))
}
