package progress

import (
	"fmt"
	"time"
)

// Snapshot is a reading of a meter. Its JSON is readable in a heartbeat.
type Snapshot struct {
	Phase string `json:"phase"`
	// Done is the reading as text, for readers of the JSON.
	Done  string `json:"done"`
	Rate  string `json:"rate"`
	Bytes int64  `json:"bytes"`
	// PerSecond is the rate in bytes.
	PerSecond int64 `json:"perSecond,omitempty"`
	// Total is 0 if unknown. About reports whether it is an estimate.
	Total int64 `json:"total,omitempty"`
	About bool  `json:"about,omitempty"`
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
	s.About = s.Total > 0 && m.about.Load()
	s.Done = s.Text()
	if wait, waiting := m.Waits(); waiting {
		s.Waiting = wait.Text()
	}
	if warning := m.warning.Load(); warning != nil {
		s.Warning = (*warning)()
	}
	if elapsed := m.now().Sub(p.began); elapsed > 0 {
		s.PerSecond = int64(float64(s.Bytes-p.beganBytes) / elapsed.Seconds())
		s.Rate = Size(s.PerSecond) + "/s"
	}
	return s
}

// Text describes the counts: "1.2 GiB of 3.4 GiB, 12 of 40 tables".
func (s Snapshot) Text() string {
	text := Size(s.Bytes)
	if of := s.OfTotal(); of != "" {
		text += " " + of
	}
	if s.TablesTotal > 0 {
		text += fmt.Sprintf(", %d of %d tables", s.Tables, s.TablesTotal)
	}
	return text
}

// OfTotal describes the total: "of 3.4 GiB", or "of about 3.4 GiB" if it is an
// estimate. It is empty if the total is unknown, or if the estimate was too low.
func (s Snapshot) OfTotal() string {
	switch {
	case s.Total <= 0, s.About && s.Bytes > s.Total:
		return ""
	case s.About:
		return "of about " + Size(s.Total)
	}
	return "of " + Size(s.Total)
}

// Left returns the time that the rest takes at the rate of the phase, and whether
// it is known.
func (s Snapshot) Left() (time.Duration, bool) {
	if s.Total <= s.Bytes || s.PerSecond <= 0 {
		return 0, false
	}
	seconds := float64(s.Total-s.Bytes) / float64(s.PerSecond)
	return time.Duration(min(seconds, maxLeft.Seconds()) * float64(time.Second)), true
}

// maxLeft bounds the result of [Snapshot.Left].
const maxLeft = 1000 * 24 * time.Hour

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
