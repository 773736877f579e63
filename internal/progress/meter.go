package progress

import (
	"sync/atomic"
	"time"

	"github.com/pgvault/pgvault/internal/outage"
)

var _ outage.Observer = (*Meter)(nil)

// Meter counts the bytes that a step moves. It is safe for concurrent use.
type Meter struct {
	now   func() time.Time
	bytes atomic.Int64
	total atomic.Int64
	// about reports whether total is an estimate.
	about atomic.Bool
	// tables and tablesTotal count tables.
	tables, tablesTotal atomic.Int64
	phase               atomic.Pointer[phase]
	warning             atomic.Pointer[func() string]
	moved               atomic.Int64 // time of the last movement, in Unix nanoseconds
	lines               lines
	// waiting is the current wait for an unavailable service.
	waiting atomic.Pointer[outage.Wait]
}

type phase struct {
	name       string
	began      time.Time
	beganBytes int64
}

// NewMeter returns a meter in the named phase.
func NewMeter(now func() time.Time, name string) *Meter {
	m := &Meter{now: now}
	m.Phase(name)
	return m
}

// Phase starts a phase, which counts as progress.
func (m *Meter) Phase(name string) {
	m.phase.Store(&phase{name: name, began: m.now(), beganBytes: m.bytes.Load()})
	m.Touch()
}

// Add counts bytes that have moved. It ignores n <= 0.
func (m *Meter) Add(n int64) {
	if n <= 0 {
		return
	}
	m.bytes.Add(n)
	m.Touch()
}

// Write counts len(p) bytes and returns len(p). It is for an [io.TeeReader] or
// an [io.MultiWriter].
func (m *Meter) Write(p []byte) (int, error) {
	m.Add(int64(len(p)))
	return len(p), nil
}

// Touch records movement that is not counted in bytes.
func (m *Meter) Touch() { m.moved.Store(m.now().UnixNano()) }

// Resume sets the count to that of an earlier attempt.
func (m *Meter) Resume(n int64) {
	m.bytes.Store(n)
	p := *m.phase.Load()
	p.beganBytes = n
	m.phase.Store(&p)
	m.Touch()
}

// Expect sets the total number of bytes; 0 means unknown.
func (m *Meter) Expect(total int64) {
	m.total.Store(total)
	m.about.Store(false)
}

// Estimate sets the probable total number of bytes; 0 means unknown.
func (m *Meter) Estimate(total int64) {
	m.total.Store(total)
	m.about.Store(true)
}

// ExpectTables sets the total number of tables; 0 means unknown.
func (m *Meter) ExpectTables(total int) { m.tablesTotal.Store(int64(total)) }

// Done counts tables that have moved completely.
func (m *Meter) Done(tables int) { m.tables.Add(int64(tables)) }

// Warn adds the result of text, if not empty, to every reading.
func (m *Meter) Warn(text func() string) { m.warning.Store(&text) }

// Bytes returns the number of bytes so far.
func (m *Meter) Bytes() int64 { return m.bytes.Load() }

// Idle returns the time since the last movement: on the line that has been idle
// for the longest time, or anywhere if no line is open.
func (m *Meter) Idle() time.Duration {
	idle, _ := m.stillest()
	return idle
}

// Waiting records that the step waits for an unavailable service. The step does
// not count as idle meanwhile: outages have a limit of their own.
func (m *Meter) Waiting(w outage.Wait) { m.waiting.Store(&w) }

// Over records the end of the wait.
func (m *Meter) Over(string) {
	m.stir()
	m.waiting.Store(nil)
}

// Waits returns the current wait, and whether there is one.
func (m *Meter) Waits() (w outage.Wait, waiting bool) {
	if now := m.waiting.Load(); now != nil {
		return *now, true
	}
	return outage.Wait{}, false
}
