package selection

import "github.com/pgvault/pgvault/internal/archive"

// Parents returns the tables that the definition of e inherits from. Those of a
// partition are not among them: another entry attaches it.
func Parents(toc *archive.TOC, e *archive.Entry) (parents []*archive.Entry) {
	if e.Desc != "TABLE" && e.Desc != "FOREIGN TABLE" {
		return nil
	}
	names := inherited(e.Defn)
	for _, id := range dependenciesOf(e) {
		if on, ok := toc.Find(id); ok && names[qualified{on.Namespace, on.Tag}] {
			parents = append(parents, on)
		}
	}
	return parents
}
