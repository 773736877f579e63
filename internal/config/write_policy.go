package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/policy"
)

// PolicyYAML returns policies as YAML for pgvault.yaml, under "policies:".
// Parse reads the same policies from it. Defaults are left out.
func PolicyYAML(policies ...policy.Policy) string {
	var w policyWriter
	w.line(0, "policies:")
	for _, p := range policies {
		w.policy(p)
	}
	return w.String()
}

// policyWriter writes YAML line by line, with lists on one line, as people
// write them, and rules in the order of their priority.
type policyWriter struct{ strings.Builder }

func (w *policyWriter) line(depth int, format string, args ...any) {
	fmt.Fprintf(w, strings.Repeat("  ", depth)+format+"\n", args...)
}

func (w *policyWriter) policy(p policy.Policy) {
	w.line(1, "%s:", p.Name)
	if len(p.Schedules) == 1 {
		w.line(2, "schedule:")
		for _, line := range scheduleLines(p.Schedules[0]) {
			w.line(3, "%s", line)
		}
	} else {
		w.line(2, "schedules:")
		for _, s := range p.Schedules {
			for i, line := range scheduleLines(s) {
				w.line(3, "%s%s", []string{"- ", "  "}[min(i, 1)], line)
			}
		}
	}
	if len(p.Schedules) == 0 || p.TimeZone != p.Schedules[0].TimeZone {
		w.line(2, "timeZone: %s", p.TimeZone)
	}
	if p.WeekStart != policy.Weekday(time.Monday) {
		w.line(2, "weekStart: %s", p.WeekStart)
	}
	if p.Freshness != 0 {
		w.line(2, "freshness: %s", p.Freshness)
	}
	w.line(2, "retention:")
	for _, r := range p.Rules {
		w.rule(r)
	}
}

func scheduleLines(s policy.Schedule) []string {
	lines := []string{"times: " + list(s.Times)}
	if !slices.Equal(s.Days, policy.AllDays()) {
		lines = append(lines, "days: "+list(s.Days))
	}
	lines = append(lines, "timeZone: "+s.TimeZone)
	if s.Jitter != 0 {
		lines = append(lines, "jitter: "+s.Jitter.String())
	}
	if s.CatchUpWindow != policy.DefaultCatchUp {
		lines = append(lines, "catchUpWindow: "+s.CatchUpWindow.String())
	}
	return lines
}

func (w *policyWriter) rule(r policy.Rule) {
	if !r.Custom() {
		if r.Archive.IsZero() {
			w.line(3, "%s: %s", r.Name, r.Standard)
		} else {
			w.line(3, "%s: {standard: %s, archive: %s}", r.Name, r.Standard, r.Archive)
		}
		return
	}
	w.line(3, "%s:", r.Name)
	w.line(4, "priority: %d", r.Priority)
	if r.FirstOf != "" {
		w.line(4, "firstOf: %s", r.FirstOf)
	}
	given(w, "daysOfWeek", r.DaysOfWeek)
	given(w, "weeksOfMonth", r.WeeksOfMonth)
	given(w, "months", r.Months)
	given(w, "daysOfMonth", r.DaysOfMonth)
	w.line(4, "standard: %s", r.Standard)
	if !r.Archive.IsZero() {
		w.line(4, "archive: %s", r.Archive)
	}
}

func given[T fmt.Stringer](w *policyWriter, name string, criteria []T) {
	if len(criteria) > 0 {
		w.line(4, "%s: %s", name, list(criteria))
	}
}

func list[T fmt.Stringer](items []T) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = item.String()
	}
	return "[" + strings.Join(texts, ", ") + "]"
}
