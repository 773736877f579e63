package follow

import (
	"fmt"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// part is a piece of a line. Where there is no room, the parts of the highest rank
// are left out first; those of rank 0 stay.
type part struct {
	text string
	rank int
}

// parts describes a state at a time: what the job does, and how far it has got.
func (s State) parts(now time.Time) []part {
	parts := []part{{heading(s), 0}}
	if when := attempt(s, now); when != "" {
		parts = append(parts, part{", " + when, 0})
	}
	if s.Moved != nil && s.Phase == "" && s.begun() {
		parts = append(parts, measures(*s.Moved)...)
	}
	return parts
}

// begun reports whether an attempt of the step is running.
func (s State) begun() bool {
	return s.Stage == temporalx.StageWorking || s.Stage == temporalx.StageCancelling
}

// heading says what the job does or waits for.
func heading(s State) string {
	switch {
	case s.Away:
		return "the Temporal server does not answer; asking again"
	case s.Phase != "":
		return s.Phase
	case s.Step == "" && s.Stage == temporalx.StageNoWorker:
		return string(temporalx.StageNoWorker)
	case s.Step == "":
		return "starting"
	}
	name := Words(s.Step)
	switch s.Stage {
	case temporalx.StageNoWorker, temporalx.StageCancelling, temporalx.StagePaused:
		return name + ", " + string(s.Stage)
	case temporalx.StageQueued:
		return name + ", queued: the workers are busy with other jobs"
	}
	if s.begun() && s.Moved != nil && !strings.EqualFold(s.Moved.Phase, name) {
		name += ", " + s.Moved.Phase
	}
	return name
}

// attempt says which attempt of the step it is, and when it begins.
func attempt(s State, now time.Time) string {
	if s.Attempt < 2 || s.Phase != "" {
		return ""
	}
	text := fmt.Sprintf("attempt %d", s.Attempt)
	if s.Stage == temporalx.StageRetrying {
		text += " in " + short(max(s.RetryAt.Sub(now), 0).Round(time.Second))
	}
	return text
}

// measures describes what the step has moved.
func measures(m progress.Snapshot) []part {
	var parts []part
	if m.Bytes > 0 || m.Total > 0 {
		parts = append(parts, part{" " + progress.Size(m.Bytes), 2})
	}
	if of := m.OfTotal(); of != "" {
		parts = append(parts, part{" " + of, 6}, part{fmt.Sprintf(" (%d%%)", percent(m)), 4})
	}
	if m.TablesTotal > 0 {
		parts = append(parts, part{fmt.Sprintf(", %d of %d tables", m.Tables, m.TablesTotal), 7})
	}
	if m.Waiting != "" {
		return parts
	}
	if m.Rate != "" && m.Bytes > 0 {
		parts = append(parts, part{", " + m.Rate, 5})
	}
	if left, ok := m.Left(); ok {
		parts = append(parts, part{", about " + short(rough(left)) + " left", 3})
	}
	return parts
}

func percent(m progress.Snapshot) int64 {
	return min(100, int64(100*float64(m.Bytes)/float64(m.Total)))
}

// reason says why the step waits or is tried again; it is empty if neither is so.
func reason(s State) string {
	switch {
	case s.Moved != nil && s.Moved.Waiting != "":
		return s.Moved.Waiting
	case s.Text != "" && s.begun():
		return s.Text
	case s.Attempt > 1 && s.LastError != "":
		line, _, _ := strings.Cut(s.LastError, "\n")
		return "after: " + line
	}
	return ""
}

// rough rounds a guess.
func rough(d time.Duration) time.Duration {
	switch {
	case d < time.Minute:
		return max(d.Round(5*time.Second), 5*time.Second)
	case d < 10*time.Hour:
		return d.Round(time.Minute)
	}
	return d.Round(time.Hour)
}

// short formats a duration with at most two units: "1h05m", "3d4h".
func short(d time.Duration) string {
	d = d.Truncate(time.Second)
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return units(d, time.Minute, "m", time.Second, "s")
	case d < day:
		return units(d, time.Hour, "h", time.Minute, "m")
	}
	return units(d, day, "d", time.Hour, "h")
}

// units formats a duration in two units, without the smaller one if there is none
// of it.
func units(d, large time.Duration, largeName string, small time.Duration, smallName string) string {
	text := fmt.Sprintf("%d%s", d/large, largeName)
	if rest := d % large / small; rest > 0 {
		text += fmt.Sprintf("%02d%s", rest, smallName)
	}
	return text
}
