package dump

import "github.com/pgvault/pgvault/internal/progress"

// weight counts how much of a unit is done, in bytes of its tables. What is
// copied has another length than what the tables take, so the count stops at
// the total, and the rest is counted when the unit is done.
type weight struct {
	total, counted int64
}

// part returns what n more bytes count for.
func (w *weight) part(n int64) int64 {
	n = min(n, w.total-w.counted)
	w.counted += n
	return n
}

// rest returns what is not counted yet.
func (w *weight) rest() int64 { return w.part(w.total) }

// items is how many tables end with the unit.
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
	m.Expect(bytes)
	m.ExpectTables(tables)
}
