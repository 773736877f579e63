package follow

import (
	"io"
	"time"

	"github.com/pgvault/pgvault/internal/failure/printable"
)

const (
	// eraseRest erases from the cursor to the end of the line.
	eraseRest = "\x1b[K"
	// standardColumns are those of a terminal that does not tell.
	standardColumns = 80
)

// Terminal draws the state of a job on one line of a terminal, again and again.
type Terminal struct {
	out     io.Writer
	columns func() int
	now     func() time.Time
	began   time.Time
	last    State
	drawn   string
	warned  string
}

// NewTerminal returns a Terminal. out takes control characters; columns returns
// the width of the terminal, or 0 if it is unknown.
func NewTerminal(out io.Writer, columns func() int, now func() time.Time) *Terminal {
	return &Terminal{out: out, columns: columns, now: now, began: now()}
}

// Show draws a state. Between two steps the last one stays.
func (t *Terminal) Show(s State) {
	if s.between() && t.drawn != "" {
		s = t.last
	}
	t.last = s
	if s.Moved != nil && s.Moved.Warning != "" && s.Moved.Warning != t.warned {
		t.warned = s.Moved.Warning
		t.write("\r" + eraseRest + "warning: " + printable.Line(t.warned) + "\n")
		t.drawn = ""
	}
	columns := t.columns()
	if columns <= 0 {
		columns = standardColumns
	}
	now := t.now()
	// A character in the last column makes some terminals begin a line.
	line := Line(s, now.Sub(t.began), now, columns-1)
	if line == t.drawn {
		return
	}
	t.drawn = line
	t.write("\r" + line + eraseRest)
}

// End removes the line. What follows says how the job ended.
func (t *Terminal) End(string) {
	t.write("\r" + eraseRest)
	t.drawn = ""
}

// write ignores an error: the terminal is gone, and nobody is looking.
func (t *Terminal) write(text string) { _, _ = io.WriteString(t.out, text) }
