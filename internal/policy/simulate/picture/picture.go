package picture

import (
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/policy/simulate"
)

// Sizes in pixels.
const (
	width  = 1120.0
	margin = 28.0
	left   = 232.0 // the left end of the time axis
	gap    = 74.0  // between two panels
)

// closeUp is the length of the final span that is drawn again, enlarged.
const closeUp = 400 * 24 * time.Hour

// drawing is a picture that is being drawn.
type drawing struct {
	canvas
	result simulate.Result
	y      float64
}

// Draw returns the picture of a simulation as an SVG document.
func Draw(result simulate.Result) string {
	d := &drawing{result: result, y: margin}
	title := fmt.Sprintf("Policy %s: %s to %s", result.Policy, day(result.From), day(result.To))
	d.header(title)
	whole := span{from: result.From, to: result.To, left: left, width: width - left - margin}

	d.panel(fmt.Sprintf("Every backup, by the rule that keeps it, and what has become of it by %s", day(result.To)))
	d.y += d.lanes(whole, d.y) + gap
	if from := result.To.Add(-closeUp); from.After(result.From) {
		near := whole
		near.from = from
		d.panel(fmt.Sprintf("Close up: since %s", day(from)))
		d.y += d.lanes(near, d.y) + gap
	}

	d.panel("How many recovery points are kept")
	d.axisTitle("points", "at the end of each week")
	d.areas(whole, d.y, 1,
		layer{standardColour, func(s simulate.Sample) float64 { return float64(s.Points.Standard) }},
		layer{archiveColour, func(s simulate.Sample) float64 { return float64(s.Points.Archive) }})
	d.y += areaHeight + gap

	name, size := unit(d.mostBytes())
	d.panel("How much is stored")
	d.axisTitle(name, "stored at the end of", "each week, with what", "can be brought back")
	d.areas(whole, d.y, size,
		layer{standardColour, func(s simulate.Sample) float64 { return float64(s.Bytes.Standard) }},
		layer{archiveColour, func(s simulate.Sample) float64 { return float64(s.Bytes.Archive) }})
	d.y += areaHeight + 44
	return d.document(width, d.y, title)
}

// panel writes the heading of a panel.
func (d *drawing) panel(head string) {
	d.text(left, d.y, begins, headStyle, head)
	d.y += 12
}

// axisTitle writes on the left of a panel what its values are.
func (d *drawing) axisTitle(name string, more ...string) {
	d.text(margin, d.y+18, begins, labelStyle, name)
	for i, line := range more {
		d.text(margin, d.y+36+16*float64(i), begins, textStyle, line)
	}
}

func (d *drawing) header(title string) {
	d.text(margin, d.y+12, begins, titleStyle, title)
	d.text(margin, d.y+36, begins, textStyle, fmt.Sprintf("%d backups taken, %d failed. Times and periods are those of %s.", d.result.Taken, d.result.Failed, d.result.TimeZone))
	d.y += 60
	x := margin
	for _, entry := range []struct {
		colour, text string
		width        float64
	}{
		{standardColour, "kept, in the standard tier", 196},
		{archiveColour, "kept, in the archive tier", 188},
		{goneColour, "expired and removed", 164},
		{failedColour, "failed: no recovery point", 0},
	} {
		d.rect(x, d.y-10, 12, 12, entry.colour)
		d.text(x+18, d.y, begins, textStyle, entry.text)
		x += entry.width
	}
	d.y += 44
}

func (d *drawing) mostBytes() float64 {
	most := int64(0)
	for _, s := range d.result.Samples {
		most = max(most, s.Bytes.Standard+s.Bytes.Archive)
	}
	return float64(most)
}

func day(t time.Time) string { return t.Format("2 January 2006") }
