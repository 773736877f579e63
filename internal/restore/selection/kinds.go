package selection

import (
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
)

// relation reports whether an entry is of a kind that a table's name may mean.
func relation(e *archive.Entry) bool {
	return slices.Contains([]string{"TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE", "FOREIGN TABLE"}, e.Desc)
}

// bound reports whether an entry requires everything that it joins.
func bound(e *archive.Entry) bool {
	return slices.Contains([]string{"FK CONSTRAINT", "TABLE ATTACH", "INDEX ATTACH", "SEQUENCE OWNED BY"}, e.Desc) || clone(e)
}

// remark reports whether an entry describes another object.
func remark(e *archive.Entry) bool {
	return slices.Contains([]string{"COMMENT", "ACL", "SECURITY LABEL"}, e.Desc)
}

// belongs reports whether d, which depends on e, is a part of e.
func (s *search) belongs(d, e *archive.Entry) bool {
	switch d.Desc {
	case "COMMENT", "ACL", "SECURITY LABEL", "STATISTICS DATA", "EXTENDED STATISTICS DATA":
		return true
	case "TABLE DATA", "INDEX", "ROW SECURITY", "STATISTICS", "MATERIALIZED VIEW DATA", "SEQUENCE SET":
		return relation(e)
	case "SEQUENCE":
		return e.Desc == "TABLE" || e.Desc == "FOREIGN TABLE"
	// These may depend on other relations too.
	case "TRIGGER", "RULE", "POLICY", "DEFAULT", "CONSTRAINT", "CHECK CONSTRAINT":
		return !bound(d) && owner(s.toc, d) == e
	}
	return false
}

// identity reports whether a sequence is that of an identity column.
func identity(e *archive.Entry) bool {
	return e.Desc == "SEQUENCE" && strings.HasPrefix(strings.TrimSpace(e.Defn), "ALTER TABLE")
}

// ofDatabase reports whether an entry belongs to the database as a whole, even if it names a schema.
func ofDatabase(e *archive.Entry) bool {
	return strings.HasPrefix(e.Desc, "PUBLICATION") || strings.HasPrefix(e.Desc, "SUBSCRIPTION")
}

// rows reports whether an entry fills objects and creates none.
func rows(e *archive.Entry) bool {
	return e.Desc == archive.DescTableData || e.Desc == "SEQUENCE SET"
}

// fills reports whether an entry fills one of the materialized views, or says
// what it is filled with.
func fills(e *archive.Entry, views map[int]bool) bool {
	return (e.Desc == "MATERIALIZED VIEW DATA" || e.IsStatistics()) &&
		slices.ContainsFunc(e.Dependencies, func(id int) bool { return views[id] })
}

// filled reports whether a restore without rows leaves an entry out.
func (s *search) filled(e *archive.Entry) bool {
	switch e.Desc {
	case archive.DescLargeObjects, "BLOB", "BLOB METADATA", "MATERIALIZED VIEW DATA", "STATISTICS DATA", "EXTENDED STATISTICS DATA":
		return true
	case "COMMENT", "ACL", "SECURITY LABEL":
		return slices.ContainsFunc(e.Dependencies, func(id int) bool {
			on, ok := s.toc.Find(id)
			return ok && (on.Desc == "BLOB" || on.Desc == "BLOB METADATA")
		})
	}
	return rows(e)
}
