package picture

import (
	"fmt"
	"math"
	"time"
)

// span is a span of time, drawn from left to right.
type span struct {
	from, to    time.Time
	left, width float64
}

func (s span) x(at time.Time) float64 {
	return s.left + s.width*at.Sub(s.from).Seconds()/s.to.Sub(s.from).Seconds()
}

func (s span) holds(at time.Time) bool { return !at.Before(s.from) && !at.After(s.to) }

// mark is a tick of an axis with its text, and a second line at the beginning
// of a year.
type mark struct {
	at          float64
	text, under string
}

// The least distances between two marks, so that their texts do not overlap.
const (
	roomAcross = 48
	roomUp     = 28
)

// marks returns the years, or for a short span the months.
func (s span) marks() []mark {
	step, format := 12, "2006"
	if s.to.Before(s.from.AddDate(2, 0, 0)) {
		step, format = 1, "Jan"
	}
	for s.width*float64(step)/(s.to.Sub(s.from).Hours()/730) < roomAcross {
		step *= 2
	}
	var all []mark
	at := time.Date(s.from.Year(), 1, 1, 0, 0, 0, 0, s.from.Location())
	for ; !at.After(s.to); at = at.AddDate(0, step, 0) {
		if !s.holds(at) {
			continue
		}
		m := mark{at: s.x(at), text: at.Format(format)}
		if step < 12 && (len(all) == 0 || at.Month() == time.January) {
			m.under = at.Format("2006")
		}
		all = append(all, m)
	}
	return all
}

// draw draws the axis below a panel and its grid lines.
func (s span) draw(c *canvas, top, bottom float64) {
	for _, m := range s.marks() {
		c.line(m.at, top, m.at, bottom, lineColour)
		c.text(m.at, bottom+17, middle, textStyle, m.text)
		if m.under != "" {
			c.text(m.at, bottom+32, middle, textStyle, m.under)
		}
	}
}

// scale is a range of values from zero, drawn from the bottom up.
type scale struct {
	most        float64
	top, bottom float64
}

func (s scale) y(value float64) float64 {
	if s.most == 0 {
		return s.bottom
	}
	return s.bottom - (s.bottom-s.top)*value/s.most
}

// steps returns round values that divide the scale.
func (s scale) steps() []float64 {
	if s.most == 0 {
		return []float64{0}
	}
	room := max(1, math.Floor((s.bottom-s.top)/roomUp))
	step := math.Pow(10, math.Floor(math.Log10(s.most/room)))
	for _, factor := range []float64{1, 2, 5, 10} {
		if s.most/(step*factor) <= room {
			step *= factor
			break
		}
	}
	var all []float64
	for value := 0.0; value <= s.most*1.0001; value += step {
		all = append(all, value)
	}
	return all
}

// unit returns the binary unit for a number of bytes.
func unit(bytes float64) (name string, size float64) {
	size = 1
	for _, name = range []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"} {
		if bytes < 1500*size {
			return name, size
		}
		size *= 1024
	}
	return name, size / 1024
}

// plain formats a number without insignificant decimals.
func plain(value float64) string { return fmt.Sprintf("%.12g", math.Round(value*1e6)/1e6) }
