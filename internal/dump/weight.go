package dump

import "github.com/pgvault/pgvault/internal/progress"

// weight counts the progress of a unit in bytes of its tables on the server.
// The copied bytes differ from these, so the count stops at the total, and the
// rest is added when the unit is done.
type weight struct {
	total, counted int64
}

// part returns the share of n more bytes.
func (w *weight) part(n int64) int64 {
	n = min(n, w.total-w.counted)
	w.counted += n
	return n
}

// rest returns the bytes that are not counted yet.
func (w *weight) rest() int64 { return w.part(w.total) }

// items returns the number of tables that are complete when the unit is.
func (u *unit) items() int {
	if u.objectsOf == nil && u.last {
		return len(u.tables)
	}
	return 0
}

// expect sets the totals of the meter.
func expect(m *progress.Meter, units []*unit) {
	bytes, tables := int64(0), 0
	for _, u := range units {
		bytes += u.weight.total
		tables += u.items()
	}
	m.Estimate(bytes) // the copied bytes are others
	m.ExpectTables(tables)
}
