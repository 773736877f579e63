package progress

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Line is one of several connections of a step. Each is watched by itself: what
// moves on one says nothing of another. It is safe for concurrent use.
type Line struct {
	meter *Meter
	// doing says what goes on there, for people.
	doing string
	ask   func(context.Context) bool
	moved atomic.Int64
}

// lines are those that are open.
type lines struct {
	mu   sync.Mutex
	open map[*Line]struct{}
}

// Line opens a line, on which something is being done. Work at the other end may
// take long and move nothing, such as making an index: ask reports whether there
// is any. It is called when the line has been still for the watch's limit. The
// line must be closed.
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

// Close ends the line.
func (l *Line) Close() {
	l.meter.Touch()
	l.meter.lines.mu.Lock()
	defer l.meter.lines.mu.Unlock()
	delete(l.meter.lines.open, l)
}

// Touch records movement on the line that is not counted.
func (l *Line) Touch() {
	l.moved.Store(l.meter.now().UnixNano())
	l.meter.Touch()
}

// asks is how often in a row the other end must be found idle. Between the end
// of its work and the moment that its answer is counted here it is idle once.
const asks = 3

// asked reports whether there is work at the other end, or something has moved
// while that was asked. It touches the line where there is work.
func (l *Line) asked(ctx context.Context) bool {
	before := l.moved.Load()
	for range asks {
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

// Write counts bytes that pass by, as [Meter.Write] does. It takes them all.
func (l *Line) Write(p []byte) (int, error) {
	l.moved.Store(l.meter.now().UnixNano())
	return l.meter.Write(p)
}

// stillest returns the line on which nothing has moved for the longest time, and
// for how long; no line if none is open.
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

// stir touches the meter and all lines that are open.
func (m *Meter) stir() {
	m.Touch()
	m.lines.mu.Lock()
	defer m.lines.mu.Unlock()
	for line := range m.lines.open {
		line.Touch()
	}
}
