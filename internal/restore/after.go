package restore

import (
	"context"
	"slices"

	"github.com/pgvault/pgvault/internal/archive"
)

// after has pg_restore make what is left when all rows are there. Indexes that
// change their table come before all that may use the table, one at a time.
// Where one of them needs something of the rest, nothing is made side by side.
func (l *loading) after(ctx context.Context, left []int) error {
	altering, rest := divide(l.toc, left)
	if waits(l.toc, altering, rest) {
		return l.pgRestore(ctx, left, 1)
	}
	if err := l.pgRestore(ctx, altering, 1); err != nil || l.failed() {
		return err
	}
	return l.pgRestore(ctx, rest, l.jobs())
}

// divide separates the indexes that change their table.
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

// waits reports whether one of the entries depends on one of the others.
func waits(toc *archive.TOC, entries, others []int) bool {
	there := map[int]bool{}
	for _, id := range others {
		there[id] = true
	}
	return slices.ContainsFunc(entries, func(id int) bool {
		e, ok := toc.Find(id)
		return ok && slices.ContainsFunc(e.Dependencies, func(on int) bool { return there[on] })
	})
}
