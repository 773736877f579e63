package restore

import (
	"slices"
	"sync"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/progress"
)

// tally counts the tables of which all pieces are loaded, and compares the
// pieces with the dump's checksum if it has one. It is safe for concurrent use.
type tally struct {
	meter *progress.Meter
	// whole is called for each loaded table.
	whole  func(rows *archive.Entry)
	mu     sync.Mutex
	left   int              // pieces, including those of large objects
	tables map[int]*tallied // by dump ID
}

// tallied has the pieces of a table in the dump's order, with the checksums of
// those read.
type tallied struct {
	left    int
	offsets []int64
	sums    []archive.PieceChecksum
}

func newTally(m *progress.Meter, parts []region) *tally {
	t := &tally{meter: m, whole: func(*archive.Entry) {}, left: len(parts), tables: map[int]*tallied{}}
	for _, part := range parts {
		if part.entry.Desc != archive.DescTableData {
			continue
		}
		table, ok := t.tables[part.entry.DumpID]
		if !ok {
			table = &tallied{}
			t.tables[part.entry.DumpID] = table
		}
		table.left++
		table.offsets = append(table.offsets, part.offset)
	}
	for _, table := range t.tables {
		table.sums = make([]archive.PieceChecksum, len(table.offsets))
	}
	m.Expect(total(parts))
	m.ExpectTables(len(t.tables))
	return t
}

// read records the checksum of a piece that was read to its end.
func (t *tally) read(part region, sum archive.PieceChecksum) {
	t.mu.Lock()
	defer t.mu.Unlock()
	table := t.tables[part.entry.DumpID]
	if at, ok := slices.BinarySearch(table.offsets, part.offset); ok {
		table.sums[at] = sum
	}
}

// loaded counts a loaded piece. It returns an error if the pieces of the table
// differ from what was dumped.
func (t *tally) loaded(part region) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.left--; t.left == 0 {
		t.meter.Phase(phaseIndexes)
	}
	table, ok := t.tables[part.entry.DumpID]
	if !ok {
		return nil // large objects
	}
	if table.left--; table.left > 0 {
		return nil
	}
	t.meter.Done(1)
	if err := archive.VerifyPieces(table.sums); err != nil {
		return err
	}
	t.whole(part.entry)
	return nil
}
