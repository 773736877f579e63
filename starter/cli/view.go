package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/pgvault/pgvault/internal/failure/printable"
)

// view shows the states of a running job.
type view interface {
	show(jobState)
	close()
}

func (a *App) newView() view {
	if a.Terminal {
		return &barView{out: a.Err, screen: a.screen}
	}
	return &lineView{out: a.Err, now: time.Now}
}

// lineEvery is how often a step without changes gets another line.
const lineEvery = 15 * time.Second

// lineView prints a line on every change, and at least every lineEvery.
type lineView struct {
	out    io.Writer
	now    func() time.Time
	key    string
	failed string
	warned bool
	waited bool
	last   time.Time
}

func (v *lineView) show(s jobState) {
	if failed := retryLine(s); failed != v.failed {
		v.failed = failed
		if failed != "" {
			fmt.Fprintln(v.out, failed)
		}
	}
	if s.moved != nil && (s.moved.Waiting != "") != v.waited {
		v.waited = s.moved.Waiting != ""
		if v.waited {
			fmt.Fprintln(v.out, s.moved.Waiting)
		}
	}
	if s.moved != nil && s.moved.Warning != "" && !v.warned {
		v.warned = true
		fmt.Fprintln(v.out, "warning: "+s.moved.Warning)
	}
	key := heading(s)
	if key == v.key && (s.measure() == "" || v.now().Sub(v.last) < lineEvery) {
		return
	}
	v.key, v.last = key, v.now()
	fmt.Fprintln(v.out, strings.TrimSpace(key+" "+s.measure()))
}

func (v *lineView) close() {}

// barView draws a bar for steps with a known total, and a spinner for others.
// Bytes and rate are the worker's figures: the bar could only estimate them
// from the time it was first drawn.
type barView struct {
	out io.Writer
	// screen takes the characters that draw the bar.
	screen io.Writer
	key    string
	failed string
	warned bool
	bar    *progressbar.ProgressBar
}

func (v *barView) show(s jobState) {
	if failed := retryLine(s); failed != v.failed {
		v.close()
		v.failed = failed
		if failed != "" {
			fmt.Fprintln(v.out, failed)
		}
	}
	if s.moved != nil && s.moved.Warning != "" && !v.warned {
		v.close()
		v.warned = true
		fmt.Fprintln(v.out, "warning: "+s.moved.Warning)
	}
	total := int64(-1)
	if s.moved != nil && s.moved.Total > 0 {
		total = s.moved.Total
	}
	if key := fmt.Sprint(heading(s), total); v.bar == nil || key != v.key {
		v.close()
		v.key, v.bar = key, v.newBar(total)
	}
	v.bar.Describe(printable.Line(strings.TrimSpace(heading(s) + " " + s.measure())))
	// Drawing fails only if the terminal is gone, and then nobody is looking.
	if total > 0 {
		_ = v.bar.Set64(min(s.moved.Bytes, total))
		return
	}
	_ = v.bar.Add(1)
}

func (v *barView) newBar(total int64) *progressbar.ProgressBar {
	return progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(v.screen),
		progressbar.OptionSetWidth(30),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSpinnerType(14),
		progressbar.OptionSetSpinnerChangeInterval(0), // it would draw from a goroutine that never ends
		progressbar.OptionClearOnFinish(),
	)
}

// close removes the bar from the screen.
func (v *barView) close() {
	if v.bar != nil {
		_ = v.bar.Clear()
		v.bar = nil
	}
}

// heading names the step and phase in words: "RestoreDatabase" is "restore
// database".
func heading(s jobState) string {
	if s.phase != "" {
		return s.phase
	}
	name := words(s.step)
	if s.moved != nil && !strings.EqualFold(s.moved.Phase, name) {
		name += ", " + s.moved.Phase
	}
	return name
}

// measure describes the step's progress.
func (s jobState) measure() string {
	if s.moved == nil {
		return s.text
	}
	if s.moved.Rate == "" {
		return s.moved.Done
	}
	return s.moved.Done + ", " + s.moved.Rate
}

// retryLine explains why a step is repeated; it is empty for a first attempt.
func retryLine(s jobState) string {
	if s.attempt < 2 || s.lastError == "" {
		return ""
	}
	return fmt.Sprintf("%s: attempt %d, since: %s", words(s.step), s.attempt, s.lastError)
}

// words splits the name of a type into words.
func words(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}
