package progress

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/pgvault/pgvault/internal/outage"
)

var _ outage.Observer = (*Meter)(nil)

// Meter counts the bytes of a step. It is safe for concurrent use.
type Meter struct {
	now   func() time.Time
	bytes atomic.Int64
	total atomic.Int64
	// tables and tablesTotal count what people know by name.
	tables, tablesTotal atomic.Int64
	phase               atomic.Pointer[phase]
	warning             atomic.Pointer[func() string]
	moved               atomic.Int64 // Unix nanoseconds of the last change
	lines               lines
	// waiting is for a service that is away.
	waiting atomic.Pointer[outage.Wait]
}

type phase struct {
	name       string
	began      time.Time
	beganBytes int64
}

// NewMeter makes a meter that begins now in the named phase.
func NewMeter(now func() time.Time, name string) *Meter {
	m := &Meter{now: now}
	m.Phase(name)
	return m
}

// Phase begins a phase. Beginning one counts as progress.
func (m *Meter) Phase(name string) {
	m.phase.Store(&phase{name: name, began: m.now(), beganBytes: m.bytes.Load()})
	m.Touch()
}

// Add counts bytes that have moved. Zero and less are not progress.
func (m *Meter) Add(n int64) {
	if n <= 0 {
		return
	}
	m.bytes.Add(n)
	m.Touch()
}

// Write counts bytes that pass by, for an [io.TeeReader] or an [io.MultiWriter]. It takes them all.
func (m *Meter) Write(p []byte) (int, error) {
	m.Add(int64(len(p)))
	return len(p), nil
}

// Touch reports whether something moved that is not counted.
func (m *Meter) Touch() { m.moved.Store(m.now().UnixNano()) }

// Resume sets the count to what an earlier attempt had reached.
func (m *Meter) Resume(n int64) {
	m.bytes.Store(n)
	p := *m.phase.Load()
	p.beganBytes = n
	m.phase.Store(&p)
	m.Touch()
}

// Expect sets how many bytes there are to move in all; 0 means unknown.
func (m *Meter) Expect(total int64) { m.total.Store(total) }

// ExpectTables sets how many tables there are to move in all; 0 means unknown.
func (m *Meter) ExpectTables(total int) { m.tablesTotal.Store(int64(total)) }

// Done counts tables that have moved wholly.
func (m *Meter) Done(tables int) { m.tables.Add(int64(tables)) }

// Warn has every reading carry what the function says, if it says something.
func (m *Meter) Warn(text func() string) { m.warning.Store(&text) }

// Bytes is the count so far.
func (m *Meter) Bytes() int64 { return m.bytes.Load() }

// Idle is how long nothing has moved: on the line that has been still for the
// longest time, or anywhere if no line is open.
func (m *Meter) Idle() time.Duration {
	idle, _ := m.stillest()
	return idle
}

// Waiting records that the step waits for a service that is away. It is not idle
// meanwhile: an outage has a limit of its own.
func (m *Meter) Waiting(w outage.Wait) { m.waiting.Store(&w) }

// Over records the end of the wait.
func (m *Meter) Over(string) {
	m.stir()
	m.waiting.Store(nil)
}

// Waits returns what the step waits for, if it does.
func (m *Meter) Waits() (w outage.Wait, waiting bool) {
	if now := m.waiting.Load(); now != nil {
		return *now, true
	}
	return outage.Wait{}, false
}

// Snapshot is a meter's reading, made to be read by people in a heartbeat.
type Snapshot struct {
	Phase string `json:"phase"`
	// Done is the reading's text, for readers that have nothing but its JSON.
	Done  string `json:"done"`
	Rate  string `json:"rate"`
	Bytes int64  `json:"bytes"`
	// Total is 0 where it is not known.
	Total int64 `json:"total,omitempty"`
	// Tables are done of TablesTotal, which is 0 where it is not known.
	Tables      int64 `json:"tables,omitempty"`
	TablesTotal int64 `json:"tablesTotal,omitempty"`
	// Warning is what people should know while the step runs.
	Warning string `json:"warning,omitempty"`
	// Waiting is what the step waits for, since when and why.
	Waiting string `json:"waiting,omitempty"`
}

// Snapshot reads the meter.
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

// Text is what the reading counts, for people: "1.2 GiB of 3.4 GiB, 12 of 40 tables".
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

// Size writes a number of bytes for people, in binary units.
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
