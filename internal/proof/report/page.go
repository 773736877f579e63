package report

import (
	"bytes"
	_ "embed" // for page.html and style.css
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/estate/page/sheet"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/proof"
)

var (
	//go:embed page.html
	html string
	//go:embed style.css
	rules string

	layout = template.Must(template.New("page.html").Funcs(functions).Parse(html))
	style  = sheet.New(rules)
)

var functions = template.FuncMap{
	"text": printable.Line, "day": day, "minute": minute, "seconds": seconds, "share": share, "holds": proof.Verdict.Holds, "state": state, "supports": supports,
}

// view is what the template shows.
type view struct {
	Report
	sheet.Sheet
}

// Write writes the report as a page.
func Write(w io.Writer, r Report) error {
	var page bytes.Buffer
	if err := layout.Execute(&page, view{r, style}); err != nil {
		return fmt.Errorf("render the report: %w", err)
	}
	_, err := page.WriteTo(w)
	return err
}

// Drills counts the drills of all instances.
func (r Report) Drills() (n int) {
	for i := range r.Instances {
		n += len(r.Instances[i].Drills)
	}
	return n
}

// Holding counts the instances with a proof that counts now.
func (r Report) Holding() (n int) {
	for i := range r.Instances {
		if r.Instances[i].holdsAt(r.At) {
			n++
		}
	}
	return n
}

// Whole counts the instances against whose records nothing speaks.
func (r Report) Whole() (n int) {
	for i := range r.Instances {
		if r.Instances[i].Chain.Whole() {
			n++
		}
	}
	return n
}

// Remarkable are the drills that did not prove everything, of each instance the
// newest.
func (i Instance) Remarkable() (found []Drill) {
	for n := len(i.Drills) - 1; n >= 0 && len(found) < remarkable; n-- {
		if i.Drills[n].Verdict != proof.Proven {
			found = append(found, i.Drills[n])
		}
	}
	return found
}

// remarkable is how many such drills of an instance the page lists. The JSON has all.
const remarkable = 2

func (i Instance) holdsAt(at time.Time) bool {
	return i.Newest.Holds() && !i.LastProof.IsZero() && (i.KeepFor.IsZero() || i.KeepFor.AddTo(i.LastProof).After(at))
}

// state returns the word for an instance: the newest verdict, or "stale" or "never".
func state(i Instance, at time.Time) string {
	switch {
	case i.Newest == "":
		return "never"
	case i.Newest.Holds() && !i.holdsAt(at):
		return "stale"
	}
	return string(i.Newest)
}

func supports(r Report, line string) string {
	for _, c := range r.Controls {
		if c.Line == line {
			return strings.Join(c.Supports, " · ")
		}
	}
	return ""
}

func day(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format(time.DateOnly)
}

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") + " UTC" }

func seconds(s float64) string {
	switch d := time.Duration(s * float64(time.Second)); {
	case s <= 0:
		return "–"
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", s)
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	default:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
}

func share(s float64) string { return fmt.Sprintf("%.1f %%", s*100) }
