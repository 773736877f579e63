package selection

import (
	"slices"

	"github.com/pgvault/pgvault/internal/archive"
)

// OfExtension reports whether an entry fills a table or sequence that the
// archive does not make. pg_dump writes such entries of extensions'
// configuration tables: CREATE EXTENSION makes these, and may fill them.
func OfExtension(toc *archive.TOC, e *archive.Entry) bool {
	return rows(e) && !slices.ContainsFunc(e.Dependencies, func(id int) bool {
		_, ok := toc.Find(id)
		return ok
	})
}
