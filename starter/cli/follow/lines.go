package follow

import (
	"fmt"
	"io"
	"time"

	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/temporalx"
)

const (
	// firstAgain is the time after which a step has its second line.
	firstAgain = 3 * time.Second
	// longestSilence is the longest time between two lines of a step that moves.
	longestSilence = 5 * time.Minute
	// patience is how long a job may wait until a line says so. Most jobs wait for
	// a moment.
	patience = time.Second
)

// Lines prints the states of a job as lines, for a log: one when the job does
// something that it has not done before, and others at intervals that grow by half,
// up to five minutes.
type Lines struct {
	out   io.Writer
	now   func() time.Time
	began time.Time
	// told are the headings that have had a line.
	told    map[string]bool
	last    string
	next    time.Time
	spacing time.Duration
	warned  string
}

// NewLines returns a Lines.
func NewLines(out io.Writer, now func() time.Time) *Lines {
	return &Lines{out: out, now: now, began: now(), told: map[string]bool{}}
}

// Show prints a state if it is time to.
func (l *Lines) Show(s State) {
	if s.between() {
		return
	}
	if s.Moved != nil && s.Moved.Warning != "" && s.Moved.Warning != l.warned {
		l.warned = s.Moved.Warning
		l.print("warning: " + printable.Line(l.warned))
	}
	now := l.now()
	key := topic(s)
	if idle(s) && now.Sub(l.began) < patience {
		return
	}
	switch text := plain(s, now); {
	case !l.told[key]:
		l.told[key] = true
		l.spacing = firstAgain
		l.tell(text, now)
	case !now.Before(l.next) && text != l.last:
		l.spacing = min(l.spacing*3/2, longestSilence)
		l.tell(text, now)
	}
}

func (l *Lines) tell(text string, now time.Time) {
	l.last, l.next = text, now.Add(l.spacing)
	l.print(text)
}

// End prints how the job ended, if anything was printed before.
func (l *Lines) End(outcome string) {
	if len(l.told) > 0 && outcome != "" {
		l.print(outcome + " after " + short(l.now().Sub(l.began)))
	}
}

func (l *Lines) print(text string) { fmt.Fprintln(l.out, text) }

// topic returns what distinguishes states that are worth a line at once. An error
// is not: a step may be tried again for days.
func topic(s State) string {
	waits := s.Moved != nil && s.Moved.Waiting != ""
	return fmt.Sprint(heading(s), waits, s.Attempt > 1, s.Stage == temporalx.StageRetrying)
}

// idle reports whether the job waits for a worker.
func idle(s State) bool {
	return s.Stage == temporalx.StageNoWorker || s.Stage == temporalx.StageQueued
}
