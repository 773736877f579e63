package restore

import "github.com/pgvault/pgvault/internal/archive"

// share puts pieces together that follow each other, in the measure in which
// connections have other work: a table that is no more than about one
// connection's share of all is loaded in one piece, which is cheaper for the
// server, and a larger one in pieces small enough to end at about the same time.
// The regions are in the dump's order.
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

// usualPiece is what a piece of a divided table commonly takes in a dump, in bytes.
const usualPiece = 8 << 20

// weigh says how much there is to do for the pieces of a table. Those of a
// divided one are of the same size in the server, whatever they take in the
// dump; one that is not divided is no larger than two of them.
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

// joined joins so many neighbours at a time among the pieces of one entry.
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
