package picture

import (
	"fmt"
	"html"
	"strings"
)

// The colours: two that colour-blind people can distinguish, and greys.
const (
	standardColour = "#2b6cb0"
	archiveColour  = "#e08a1e"
	goneColour     = "#cfd6de"
	failedColour   = "#c0262d"
	inkColour      = "#1f2933"
	dimColour      = "#5f6b7a"
	lineColour     = "#e3e8ee"
)

// canvas collects an SVG's elements.
type canvas struct{ b strings.Builder }

func (c *canvas) add(format string, args ...any) { fmt.Fprintf(&c.b, format+"\n", args...) }

func (c *canvas) rect(x, y, width, height float64, colour string) {
	c.add(`<rect x="%s" y="%s" width="%s" height="%s" fill="%s"/>`, num(x), num(y), num(width), num(height), colour)
}

func (c *canvas) line(x1, y1, x2, y2 float64, colour string) {
	c.add(`<path d="M%s %sL%s %s" stroke="%s"/>`, num(x1), num(y1), num(x2), num(y2), colour)
}

// anchor is the position of a text relative to its point.
type anchor string

const (
	begins anchor = "start"
	middle anchor = "middle"
	ends   anchor = "end"
)

// style is the style of a text.
type style struct {
	size   int
	bold   bool
	colour string
}

var (
	titleStyle = style{20, true, inkColour}
	headStyle  = style{14, true, inkColour}
	labelStyle = style{13, true, inkColour}
	textStyle  = style{12, false, dimColour}
)

func (c *canvas) text(x, y float64, at anchor, s style, text string) {
	weight := ""
	if s.bold {
		weight = ` font-weight="600"`
	}
	c.add(`<text x="%s" y="%s" text-anchor="%s" font-size="%d"%s fill="%s">%s</text>`, num(x), num(y), at, s.size, weight, s.colour, html.EscapeString(text))
}

// num formats a length with at most one decimal.
func num(x float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0")
}

// document returns the elements as an SVG document.
func (c *canvas) document(width, height float64, title string) string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" height="%s" role="img" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif">
<title>%s</title>
<rect width="100%%" height="100%%" fill="#ffffff"/>
%s</svg>
`, num(width), num(height), num(width), num(height), html.EscapeString(title), c.b.String())
}
