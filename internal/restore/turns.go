package restore

import (
	"github.com/pgvault/pgvault/internal/restore/selection"
)

// inTurn separates the rows of extensions' tables from the others. The foreign
// keys of these tables are in force before any row is loaded, and pg_dump
// records no dependency, so that only the archive's order says which table
// comes first. Each table is loaded whole, since its rows may refer to each
// other.
func (l *loading) inTurn(parts []region) (turns []run, others []region) {
	for _, pieces := range byEntry(parts) {
		if !selection.FillsExtensionTable(l.toc, pieces[0].entry) {
			others = append(others, pieces...)
			continue
		}
		for _, whole := range joined(pieces, len(pieces)) {
			turns = append(turns, run{whole})
		}
	}
	return turns, others
}

// freezes reports whether a region's rows can be written frozen: the region is
// large enough, and this restore created the table. CREATE EXTENSION may have
// filled its tables with rows that must stay.
func (l *loader) freezes(part region) bool {
	if !part.whole() || part.length < freezeFrom {
		return false
	}
	id, ok := tableOf(l.toc, part.entry)
	if !ok {
		return false
	}
	table, ok := l.toc.Find(id)
	return ok && l.chosen.Has(table)
}
