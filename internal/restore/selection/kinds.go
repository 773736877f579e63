package selection

import (
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
)

// isRelation reports whether e is of a kind that the name of a table can mean.
func isRelation(e *archive.Entry) bool {
	return slices.Contains([]string{"TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE", "FOREIGN TABLE"}, e.Desc)
}

// isLink reports whether e joins objects, and requires all of them.
func isLink(e *archive.Entry) bool {
	return slices.Contains([]string{"FK CONSTRAINT", "TABLE ATTACH", "INDEX ATTACH", "SEQUENCE OWNED BY"}, e.Desc) || isTriggerClone(e)
}

// isAnnotation reports whether e describes another object.
func isAnnotation(e *archive.Entry) bool {
	return slices.Contains([]string{"COMMENT", "ACL", "SECURITY LABEL"}, e.Desc)
}

// isPart reports whether d, which depends on e, is a part of e.
func (s *search) isPart(d, e *archive.Entry) bool {
	switch d.Desc {
	case "COMMENT", "ACL", "SECURITY LABEL", "STATISTICS DATA", "EXTENDED STATISTICS DATA":
		return true
	case archive.DescTableData, "INDEX", "ROW SECURITY", "STATISTICS", "MATERIALIZED VIEW DATA", archive.DescSequenceSet:
		return isRelation(e)
	case "SEQUENCE":
		return e.Desc == "TABLE" || e.Desc == "FOREIGN TABLE"
	// These may depend on other relations too.
	case "TRIGGER", "RULE", "POLICY", "DEFAULT", "CONSTRAINT", "CHECK CONSTRAINT":
		return !isLink(d) && s.memo.owner(d) == e
	}
	return false
}

// isIdentitySequence reports whether e is the sequence of an identity column.
func isIdentitySequence(e *archive.Entry) bool {
	return e.Desc == "SEQUENCE" && strings.HasPrefix(strings.TrimSpace(e.Defn), "ALTER TABLE")
}

// isDatabaseWide reports whether e belongs to the database as a whole, even if
// it has a schema.
func isDatabaseWide(e *archive.Entry) bool {
	return strings.HasPrefix(e.Desc, "PUBLICATION") || strings.HasPrefix(e.Desc, "SUBSCRIPTION")
}

// isRows reports whether e fills an object and creates none.
func isRows(e *archive.Entry) bool {
	return e.Desc == archive.DescTableData || e.Desc == archive.DescSequenceSet
}

// isViewContent reports whether e fills one of the materialized views, or sets
// its planner statistics.
func isViewContent(e *archive.Entry, views map[int]bool) bool {
	return (e.Desc == "MATERIALIZED VIEW DATA" || e.IsStatistics()) &&
		slices.ContainsFunc(e.Dependencies, func(id int) bool { return views[id] })
}

// isContent reports whether a restore of definitions leaves e out.
func (s *search) isContent(e *archive.Entry) bool {
	switch e.Desc {
	case archive.DescLargeObjects, "BLOB", "BLOB METADATA", "MATERIALIZED VIEW DATA", "STATISTICS DATA", "EXTENDED STATISTICS DATA":
		return true
	case "COMMENT", "ACL", "SECURITY LABEL":
		return slices.ContainsFunc(e.Dependencies, func(id int) bool {
			on, ok := s.toc.Find(id)
			return ok && (on.Desc == "BLOB" || on.Desc == "BLOB METADATA")
		})
	}
	return isRows(e)
}
