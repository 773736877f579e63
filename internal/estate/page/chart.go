package page

import (
	"fmt"
	"strings"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/progress"
)

// cell is one day of a calendar.
type cell struct {
	X     int
	State string
	Title string
}

// cellWidth is the distance of two days in a calendar.
const cellWidth = 8

// strip returns the cells of a calendar. The worst event of a day decides its state.
func strip(days []estate.Day) []cell {
	cells := make([]cell, 0, len(days))
	for n, d := range days {
		c := cell{X: n * cellWidth, State: "none", Title: d.Date + ": no backup"}
		var parts []string
		for _, part := range []struct {
			n           int
			state, text string
		}{{d.Good, "good", "good"}, {d.Missed, "missed", "missed"}, {d.Failed, "failed", "failed"}, {d.Damaged, "failed", "damaged"}} {
			if part.n > 0 {
				c.State = part.state
				parts = append(parts, fmt.Sprintf("%d %s", part.n, part.text))
			}
		}
		if len(parts) > 0 {
			c.Title = d.Date + ": " + strings.Join(parts, ", ")
		}
		cells = append(cells, c)
	}
	return cells
}

// total returns a calendar as a sentence, for those who do not see it.
func total(days []estate.Day) string {
	var all estate.Day
	for _, d := range days {
		all.Good, all.Missed, all.Failed, all.Damaged = all.Good+d.Good, all.Missed+d.Missed, all.Failed+d.Failed, all.Damaged+d.Damaged
	}
	return fmt.Sprintf("Backups of the last %d days: %d good, %d missed, %d failed, %d damaged", len(days), all.Good, all.Missed, all.Failed, all.Damaged)
}

// The size of a chart.
const (
	chartHeight = 48
	barWidth    = 8
)

// chart is a bar chart of the recent backups, oldest first.
type chart struct {
	Name, Latest, Most string
	Width, Height      int
	Bars               []bar
}

type bar struct {
	X, Y, Height int
	Bad          bool
	Title        string
}

func sizes(recent []estate.Backup) chart {
	return draw("Size of dumps", recent, func(b estate.Backup) float64 { return float64(b.Bytes) }, func(v float64) string { return progress.Size(int64(v)) })
}

func durations(recent []estate.Backup) chart {
	return draw("Duration of backups", recent, func(b estate.Backup) float64 { return b.Seconds }, secondsText)
}

// draw scales the bars to the highest value. A bar of at least a pixel shows that
// there is a backup.
func draw(name string, recent []estate.Backup, value func(estate.Backup) float64, text func(float64) string) chart {
	c := chart{Name: name, Width: max(len(recent), 1) * barWidth, Height: chartHeight, Latest: "–", Most: "–"}
	most := 0.0
	for _, b := range recent {
		most = max(most, value(b))
	}
	for n, b := range recent {
		height := 1
		if most > 0 {
			height = max(1, int(value(b)/most*chartHeight))
		}
		c.Bars = append(c.Bars, bar{X: n * barWidth, Y: chartHeight - height, Height: height, Bad: !b.Good, Title: timeText(b.At) + ": " + text(value(b))})
	}
	if len(recent) > 0 {
		c.Latest, c.Most = text(value(recent[len(recent)-1])), text(most)
	}
	return c
}
