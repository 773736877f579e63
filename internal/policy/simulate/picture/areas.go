package picture

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/policy/simulate"
)

const areaHeight = 150.0

// layer is one of the stacked areas.
type layer struct {
	colour string
	value  func(simulate.Sample) float64
}

// areas draws stacked layers over time, in the unit of the given size.
func (d *drawing) areas(s span, top, unit float64, layers ...layer) {
	most := 0.0
	for _, sample := range d.result.Samples {
		sum := 0.0
		for _, l := range layers {
			sum += l.value(sample)
		}
		most = max(most, sum/unit)
	}
	values := scale{most: most, top: top + 6, bottom: top + areaHeight}
	s.draw(&d.canvas, top, values.bottom)
	for _, step := range values.steps() {
		d.line(s.left, values.y(step), s.left+s.width, values.y(step), lineColour)
		d.text(s.left-8, values.y(step)+4, ends, textStyle, plain(step))
	}
	under := make([]float64, len(d.result.Samples))
	for _, l := range layers {
		over := slices.Clone(under)
		for i, sample := range d.result.Samples {
			over[i] += l.value(sample) / unit
		}
		d.area(s, values, under, over, l.colour)
		under = over
	}
}

// area fills the area between two lines.
func (d *drawing) area(s span, values scale, under, over []float64, colour string) {
	if slices.Equal(under, over) {
		return
	}
	var path strings.Builder
	point := func(i int, value float64) {
		letter := "L"
		if path.Len() == 0 {
			letter = "M"
		}
		fmt.Fprintf(&path, "%s%s %s", letter, num(s.x(d.result.Samples[i].At)), num(values.y(value)))
	}
	for i, value := range over {
		point(i, value)
	}
	for i, value := range slices.Backward(under) {
		point(i, value)
	}
	d.add(`<path d="%sZ" fill="%s" fill-opacity="0.85"/>`, path.String(), colour)
}
