package restore

import (
	"context"
	"slices"

	"github.com/pgvault/pgvault/internal/archive"
)

// after runs pg_restore for the entries that require all rows. Indexes that
// alter their table come first, one at a time, before any other entry that may
// use the table. If one of them depends on other remaining entries, all entries
// are restored one at a time.
func (l *loading) after(ctx context.Context, left []int) error {
	altering, rest := divide(l.toc, left)
	if dependsOnAny(l.toc, altering, rest) {
		return l.pgRestore(ctx, left, 1)
	}
	if err := l.pgRestore(ctx, altering, 1); err != nil || l.failed() {
		return err
	}
	return l.pgRestore(ctx, rest, l.jobs())
}

// divide separates the indexes that alter their table from the rest.
func divide(toc *archive.TOC, dumpIDs []int) (altering, rest []int) {
	for _, id := range dumpIDs {
		if e, ok := toc.Find(id); ok && alters(e) {
			altering = append(altering, id)
		} else {
			rest = append(rest, id)
		}
	}
	return altering, rest
}

// dependsOnAny reports whether one of the entries depends on one of the others.
func dependsOnAny(toc *archive.TOC, entries, others []int) bool {
	there := map[int]bool{}
	for _, id := range others {
		there[id] = true
	}
	return slices.ContainsFunc(entries, func(id int) bool {
		e, ok := toc.Find(id)
		return ok && slices.ContainsFunc(e.Dependencies, func(on int) bool { return there[on] })
	})
}
