package progress

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Line is one of several connections of a step. Each is watched separately,
// since data moving on one does not mean that another works. It is safe for
// concurrent use.
type Line struct {
	meter *Meter
	// doing describes the work on the line, for messages.
	doing string
	ask   func(context.Context) bool
	moved atomic.Int64
}

// lines are the open lines.
type lines struct {
	mu   sync.Mutex
	open map[*Line]struct{}
}

// Line opens a line. Work at the other end, such as creating an index, may take
// long without moving data: ask reports whether there is any, and is called
// when the line has been idle for the watch's limit. The caller must close the
// line.
func (m *Meter) Line(doing string, ask func(context.Context) bool) *Line {
	l := &Line{meter: m, doing: doing, ask: ask}
	l.Touch()
	m.lines.mu.Lock()
	defer m.lines.mu.Unlock()
	if m.lines.open == nil {
		m.lines.open = map[*Line]struct{}{}
	}
	m.lines.open[l] = struct{}{}
	return l
}

// Close closes the line.
func (l *Line) Close() {
	l.meter.Touch()
	l.meter.lines.mu.Lock()
	defer l.meter.lines.mu.Unlock()
	delete(l.meter.lines.open, l)
}

// Touch records movement on the line that is not counted in bytes.
func (l *Line) Touch() {
	l.moved.Store(l.meter.now().UnixNano())
	l.meter.Touch()
}

// idleAnswers is the number of consecutive times that the other end must be found
// idle. It is idle once between the end of its work and the moment when its
// answer is counted here.
const idleAnswers = 3

// askOtherEnd reports whether the other end is working, or something has moved during
// the question. It touches the line if the other end is working.
func (l *Line) askOtherEnd(ctx context.Context) bool {
	before := l.moved.Load()
	for range idleAnswers {
		if l.ask(ctx) {
			l.Touch()
			return true
		}
		if l.moved.Load() != before || l.closed() {
			return true
		}
	}
	return false
}

func (l *Line) closed() bool {
	l.meter.lines.mu.Lock()
	defer l.meter.lines.mu.Unlock()
	_, open := l.meter.lines.open[l]
	return !open
}

// Write counts len(p) bytes, as [Meter.Write] does, and returns len(p).
func (l *Line) Write(p []byte) (int, error) {
	l.moved.Store(l.meter.now().UnixNano())
	return l.meter.Write(p)
}

// stillest returns the line that has been idle for the longest time, and that
// time. It returns no line if none is open.
func (m *Meter) stillest() (idle time.Duration, at *Line) {
	now := m.now()
	if _, waiting := m.Waits(); waiting {
		return 0, nil
	}
	moved := m.moved.Load()
	m.lines.mu.Lock()
	defer m.lines.mu.Unlock()
	for line := range m.lines.open {
		if since := line.moved.Load(); at == nil || since < moved {
			moved, at = since, line
		}
	}
	return now.Sub(time.Unix(0, moved)), at
}

// stir touches the meter and all open lines.
func (m *Meter) stir() {
	m.Touch()
	m.lines.mu.Lock()
	defer m.lines.mu.Unlock()
	for line := range m.lines.open {
		line.Touch()
	}
}
