package selection

import (
	"slices"

	"github.com/pgvault/pgvault/internal/archive"
)

// FillsExtensionTable reports whether an entry fills a table or sequence that
// CREATE EXTENSION creates, and may fill too. The archive has no entry that
// creates it. pg_dump writes such entries for the configuration tables of
// extensions.
func FillsExtensionTable(toc *archive.TOC, e *archive.Entry) bool {
	return isRows(e) && !slices.ContainsFunc(e.Dependencies, func(id int) bool {
		_, ok := toc.Find(id)
		return ok
	})
}
