package restore

import "github.com/pgvault/pgvault/internal/archive"

// SharedLengths are the lengths of the regions that pieces of tables, by the
// tables' order, are put together to.
func SharedLengths(tables [][]int64, connections int) (lengths [][]int64) {
	var parts []region
	var offset int64
	entries := map[*archive.Entry]int{}
	for t, pieces := range tables {
		e := &archive.Entry{Desc: archive.DescTableData}
		entries[e] = t
		for i, length := range pieces {
			parts = append(parts, region{entry: e, offset: offset, length: length, part: archive.Part{First: i == 0, Last: i == len(pieces)-1}})
			offset += length
		}
	}
	lengths = make([][]int64, len(tables))
	for _, part := range share(parts, connections) {
		lengths[entries[part.entry]] = append(lengths[entries[part.entry]], part.length)
	}
	return lengths
}

// Handed are the tables, by their order, of which the regions are handed to
// connections that ask in turn.
func Handed(tables [][]int64, connections int) (order []int) {
	var all []run
	names := map[*archive.Entry]int{}
	for t, pieces := range tables {
		e := &archive.Entry{}
		names[e] = t
		for _, length := range pieces {
			all = append(all, run{{entry: e, length: length}})
		}
	}
	q, at := newQueue(all), make([]*work, connections)
	for turn := 0; ; turn = (turn + 1) % connections {
		some, its := q.next(at[turn])
		if its == nil {
			return order
		}
		at[turn], order = its, append(order, names[some[0].entry])
	}
}
