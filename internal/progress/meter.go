package progress

import (
	"fmt"
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
func (m *Meter) Expect(total int64) { m.total.Store(total) }

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

// Snapshot is a reading of a meter. Its JSON is readable in a heartbeat.
type Snapshot struct {
	Phase string `json:"phase"`
	// Done is the reading as text, for readers of the JSON.
	Done  string `json:"done"`
	Rate  string `json:"rate"`
	Bytes int64  `json:"bytes"`
	// Total is 0 if unknown.
	Total int64 `json:"total,omitempty"`
	// Tables is the number of tables done, out of TablesTotal, which is 0 if
	// unknown.
	Tables      int64 `json:"tables,omitempty"`
	TablesTotal int64 `json:"tablesTotal,omitempty"`
	// Warning is a warning for people while the step is running.
	Warning string `json:"warning,omitempty"`
	// Waiting describes what the step waits for, since when and why.
	Waiting string `json:"waiting,omitempty"`
}

// Snapshot returns a reading of the meter.
func (m *Meter) Snapshot() Snapshot {
	p := m.phase.Load()
	s := Snapshot{Phase: p.name, Bytes: m.bytes.Load(), Total: m.total.Load(), Tables: m.tables.Load(), TablesTotal: m.tablesTotal.Load()}
	s.Done = s.Text()
	if wait, waiting := m.Waits(); waiting {
		s.Waiting = wait.Text()
	}
	if warning := m.warning.Load(); warning != nil {
		s.Warning = (*warning)()
	}
	if elapsed := m.now().Sub(p.began); elapsed > 0 {
		perSecond := float64(s.Bytes-p.beganBytes) / elapsed.Seconds()
		s.Rate = Size(int64(perSecond)) + "/s"
	}
	return s
}

// Text describes the counts: "1.2 GiB of 3.4 GiB, 12 of 40 tables".
func (s Snapshot) Text() string {
	text := Size(s.Bytes)
	if s.Total > 0 {
		text += " of " + Size(s.Total)
	}
	if s.TablesTotal > 0 {
		text += fmt.Sprintf(", %d of %d tables", s.Tables, s.TablesTotal)
	}
	return text
}

// Size formats a number of bytes in binary units.
func Size(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	value, exponent := float64(n)/unit, 0
	for value >= unit && exponent < 4 {
		value /= unit
		exponent++
	}
	return fmt.Sprintf("%.1f %ciB", value, "KMGTP"[exponent])
}
