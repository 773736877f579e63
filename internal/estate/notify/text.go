package notify

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/jobs"
)

// Bounds of a text of an alert as it is sent, in bytes and lines. Teams accepts
// 28 KB.
const (
	maxText  = 4 << 10
	maxLines = 40
)

// subject returns the alert in one line of ASCII.
func subject(a jobs.Alert) string {
	about := cmp.Or(a.Instance, "the vault")
	switch a.State {
	case jobs.AlertTested:
		return "pgvault: test"
	case jobs.AlertDigest:
		return fmt.Sprintf("pgvault: %s: several instances", a.Kind)
	case jobs.AlertRaised:
		return fmt.Sprintf("pgvault: %s: %s", a.Kind, about)
	}
	return fmt.Sprintf("pgvault: %s: %s (%s)", a.Kind, about, a.State)
}

// lines returns the text of the alert: its message, its remedy and its facts.
func (s Sender) lines(a jobs.Alert) []string {
	all := split(a.Message)
	if a.Remedy != "" && a.State != jobs.AlertResolved {
		all = append(append(all, "", "To mend it:"), split(a.Remedy)...)
	}
	all = append(all, "", "Severity: "+string(a.Severity))
	if !a.Since.IsZero() {
		all = append(all, "Since: "+a.Since.UTC().Format(time.RFC3339))
	}
	return append(all, "Vault: "+printable.Line(s.Source))
}

func (s Sender) text(a jobs.Alert) string { return strings.Join(s.lines(a), "\n") }

// split returns the lines of a stranger's text, safe to print and bounded.
func split(text string) []string {
	lines := strings.SplitN(safe(text), "\n", maxLines+1)
	if len(lines) > maxLines {
		lines[maxLines] = "…"
	}
	return lines
}

func safe(text string) string { return printable.Cut(printable.Lines(text), maxText) }
