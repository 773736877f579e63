package picture

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/policy/simulate"
)

const (
	laneHeight = 38.0
	tickHeight = 24.0
)

// state is the state of a point that a tick shows. Later states are drawn over
// earlier ones.
type state int

const (
	gone state = iota
	inStandard
	inArchive
	states
)

var stateColours = [states]string{gone: goneColour, inStandard: standardColour, inArchive: archiveColour}

// lanes draws a lane for each rule, with a tick for each point in its state at
// the end, and a lane for failed backups. It returns the height.
func (d *drawing) lanes(s span, top float64) float64 {
	failures := within(s, d.result.Failures)
	height := laneHeight * float64(len(d.result.Rules))
	if len(failures) > 0 {
		height += laneHeight
	}
	s.draw(&d.canvas, top, top+height)
	y := top
	for _, rule := range d.result.Rules {
		d.lane(s, y, rule)
		y += laneHeight
	}
	if len(failures) > 0 {
		d.label(s, y, "failed", fmt.Sprintf("%d backups", len(failures)))
		var t ticks
		for _, at := range failures {
			t.add(s.x(at))
		}
		t.draw(&d.canvas, y+(laneHeight-tickHeight)/2, failedColour)
	}
	return height
}

func (d *drawing) label(s span, y float64, name, under string) {
	d.line(margin, y+laneHeight, s.left+s.width, y+laneHeight, lineColour)
	d.text(margin, y+laneHeight/2-2, begins, labelStyle, name)
	d.text(margin, y+laneHeight/2+13, begins, textStyle, under)
}

func (d *drawing) lane(s span, y float64, rule simulate.RuleResult) {
	d.label(s, y, rule.Rule, rule.Keeps)
	var by [states]ticks
	for _, p := range d.result.All {
		if p.Rule != rule.Rule || !s.holds(p.Time) {
			continue
		}
		switch {
		case p.Gone(d.result.To):
			by[gone].add(s.x(p.Time))
		case p.InArchive(d.result.To):
			by[inArchive].add(s.x(p.Time))
		default:
			by[inStandard].add(s.x(p.Time))
		}
	}
	for state, t := range by {
		t.draw(&d.canvas, y+(laneHeight-tickHeight)/2, stateColours[state])
	}
}

// ticks are the positions of ticks of one colour, at least half a pixel apart.
type ticks struct {
	last float64
	path strings.Builder
}

func (t *ticks) add(x float64) {
	x = math.Round(x*2) / 2
	if t.path.Len() > 0 && x == t.last {
		return
	}
	t.last = x
	fmt.Fprintf(&t.path, "M%s 0v%s", num(x), num(tickHeight))
}

func (t *ticks) draw(c *canvas, y float64, colour string) {
	if t.path.Len() > 0 {
		c.add(`<path transform="translate(0 %s)" d="%s" stroke="%s" stroke-width="1.6"/>`, num(y), t.path.String(), colour)
	}
}

func within(s span, all []time.Time) []time.Time {
	var kept []time.Time
	for _, at := range all {
		if s.holds(at) {
			kept = append(kept, at)
		}
	}
	return kept
}
