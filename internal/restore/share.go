package restore

import "github.com/pgvault/pgvault/internal/archive"

// share joins consecutive pieces of a table. A table that is at most about one
// connection's share of all work is loaded in one piece, which is cheaper for
// the server. A larger table is loaded in pieces small enough that the
// connections finish at about the same time. The regions are in the dump's
// order.
func share(parts []region, connections int) (shared []region) {
	tables := byEntry(parts)
	all := 0.0
	for _, pieces := range tables {
		weigh(pieces)
		all += effort(pieces)
	}
	fair := all / float64(connections)
	for _, pieces := range tables {
		together := len(pieces)
		if effort(pieces) > fair*6/5 {
			together = max(1, int(fair/4))
		}
		if pieces[0].entry.Desc != archive.DescTableData {
			together = 1
		}
		shared = append(shared, joined(pieces, together)...)
	}
	return shared
}

func byEntry(parts []region) (tables [][]region) {
	for i, part := range parts {
		if i == 0 || part.entry != parts[i-1].entry {
			tables = append(tables, nil)
		}
		last := len(tables) - 1
		tables[last] = append(tables[last], part)
	}
	return tables
}

// usualPiece is the usual length of a piece of a divided table in a dump, in
// bytes.
const usualPiece = 8 << 20

// weigh sets the effort of a table's pieces. The pieces of a divided table have
// the same size on the server, whatever their length in the dump. A table that
// is not divided is at most as large as two of them.
func weigh(pieces []region) {
	for i := range pieces {
		pieces[i].effort = 1
	}
	if len(pieces) == 1 {
		pieces[0].effort = min(float64(pieces[0].length)/usualPiece, 2)
	}
}

func effort(parts []region) (sum float64) {
	for _, part := range parts {
		sum += part.effort
	}
	return sum
}

// joined joins groups of the given number of consecutive pieces of one entry.
func joined(pieces []region, together int) (all []region) {
	for i, piece := range pieces {
		if i%together != 0 {
			last := &all[len(all)-1]
			last.length += piece.length
			last.effort += piece.effort
			last.part.Last = piece.part.Last
			continue
		}
		all = append(all, piece)
	}
	return all
}
