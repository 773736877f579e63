package restore

import (
	"sync"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/progress"
)

// tally counts the tables of which all pieces are loaded.
type tally struct {
	meter *progress.Meter
	mu    sync.Mutex
	left  map[int]int // pieces, by dump ID
}

func newTally(m *progress.Meter, parts []region) *tally {
	t := &tally{meter: m, left: map[int]int{}}
	for _, part := range parts {
		if part.entry.Desc == archive.DescTableData {
			t.left[part.entry.DumpID]++
		}
	}
	m.Expect(total(parts))
	m.ExpectTables(len(t.left))
	return t
}

func (t *tally) loaded(part region) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.left[part.entry.DumpID]--; t.left[part.entry.DumpID] == 0 {
		t.meter.Done(1)
	}
}
