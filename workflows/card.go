package workflows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/internal/failure/printable"
)

// running is the state of a running step.
const running = "**running**"

// card is a job's status card, which Temporal's UI shows as current details.
type card struct {
	title string
	steps []cardStep
}

type cardStep struct {
	name  string
	state string
	note  string
	began time.Time
	ended time.Time
	// told is the time of the step's last progress, and attempt the attempt
	// that sent it.
	told    time.Time
	attempt int32
	// failed says which attempt has failed last, and why.
	failed string
}

// newCard returns a card that shows the progress that steps send.
func newCard(ctx workflow.Context, title string, steps ...string) *card {
	c := &card{title: title}
	c.follow(ctx)
	for _, name := range steps {
		c.steps = append(c.steps, cardStep{name: name, state: "waiting"})
	}
	c.show(ctx)
	return c
}

// add appends a step that turned out to be needed after the start.
func (c *card) add(ctx workflow.Context, name string) {
	c.steps = append(c.steps, cardStep{name: name, state: "waiting"})
	c.show(ctx)
}

// begin shows a step as running, and clears the progress of an earlier run of
// it.
func (c *card) begin(ctx workflow.Context, name string) {
	c.set(ctx, name, func(s *cardStep) { *s = cardStep{name: name, state: running, began: workflow.Now(ctx)} })
}

// waits shows a step that continues later.
func (c *card) waits(ctx workflow.Context, name, note string) {
	c.set(ctx, name, func(s *cardStep) { s.state, s.note = "**waiting**", note })
}

// insert adds a step after another, unless the card has it.
func (c *card) insert(ctx workflow.Context, name, after string) {
	named := func(name string) func(cardStep) bool { return func(s cardStep) bool { return s.name == name } }
	if slices.ContainsFunc(c.steps, named(name)) {
		return
	}
	at := slices.IndexFunc(c.steps, named(after)) + 1
	c.steps = slices.Insert(c.steps, at, cardStep{name: name, state: "waiting"})
	c.show(ctx)
}

func (c *card) done(ctx workflow.Context, name, note string) {
	c.set(ctx, name, func(s *cardStep) { s.state, s.note, s.ended = "done", note, workflow.Now(ctx) })
}

func (c *card) failed(ctx workflow.Context, name, note string) {
	c.set(ctx, name, func(s *cardStep) { s.state, s.note, s.ended = "**failed**", note, workflow.Now(ctx) })
}

func (c *card) set(ctx workflow.Context, name string, change func(*cardStep)) {
	for i := range c.steps {
		if c.steps[i].name == name {
			change(&c.steps[i])
		}
	}
	c.show(ctx)
}

func (c *card) show(ctx workflow.Context) { workflow.SetCurrentDetails(ctx, c.markdown()) }

// markdown returns the card. The title is the header of the steps, since the UI shows
// few lines.
func (c *card) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s | state | took | |\n| --- | --- | --- | --- |\n", printable.Markdown(c.title))
	for _, s := range c.steps {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", s.name, s.state, s.took(), cell(s.note))
	}
	return b.String()
}

// took returns the duration of the step; for a running one, up to its last
// progress.
func (s *cardStep) took() string {
	until := s.ended
	if until.IsZero() {
		until = s.told
	}
	if until.IsZero() {
		return ""
	}
	return until.Sub(s.began).Round(time.Second).String()
}

// maxNote is the length of the longest note on a card, in bytes. Anyone may
// signal progress to a job.
const maxNote = 500

// cell makes a note fit into a table cell.
func cell(note string) string {
	note, _, _ = strings.Cut(note, "\n")
	return printable.Markdown(printable.Cut(note, maxNote))
}
