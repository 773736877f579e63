package restore

import "github.com/pgvault/pgvault/internal/archive"

// share puts pieces together that follow each other, in the measure in which
// connections have other work: a table that is no more than about one
// connection's share of all is loaded in one piece, which is cheaper for the
// server, and a larger one in pieces small enough to end at about the same time.
// The regions are in the dump's order.
func share(parts []region, connections int) (shared []region) {
	fair := total(parts) / int64(connections)
	for first := 0; first < len(parts); {
		end := first + 1
		for end < len(parts) && parts[end].entry == parts[first].entry {
			end++
		}
		limit := total(parts[first:end])
		if limit > fair+fair/5 {
			limit = fair / 4
		}
		if parts[first].entry.Desc != archive.DescTableData {
			limit = 0
		}
		shared = append(shared, joined(parts[first:end], limit)...)
		first = end
	}
	return shared
}

// joined joins neighbours among the pieces of one entry, up to a length.
func joined(pieces []region, limit int64) (all []region) {
	for _, piece := range pieces {
		last := len(all) - 1
		if last >= 0 && all[last].length+piece.length <= limit {
			all[last].length += piece.length
			all[last].part.Last = piece.part.Last
			continue
		}
		all = append(all, piece)
	}
	return all
}
