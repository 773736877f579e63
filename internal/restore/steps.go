package restore

import (
	"slices"

	"github.com/pgvault/pgvault/internal/archive"
)

// steps are the entries of an archive in the order of a restore, by dump ID.
// pg_restore uses the same order: grants come late, since they may have taken
// from a table's owner the right to fill it, and entries affected by grants or
// run by every statement come last.
type steps struct {
	before []int // needed before the data
	after  []int // values of sequences, indexes, constraints, triggers
	acl    []int
	views  []int // rows of materialized views
	events []int // event triggers, which may refuse any other statement
}

// planSteps divides the entries to restore into steps. Data that the loaders
// load is in none.
func planSteps(toc *archive.TOC, wanted func(*archive.Entry) bool) steps {
	var s steps
	section := archive.SectionPreData
	for i := range toc.Entries {
		e := &toc.Entries[i]
		// Comments and grants have no section: they belong to the section of
		// their position.
		if e.Section != archive.SectionNone {
			section = e.Section
		}
		if ownData(e) || !wanted(e) {
			continue
		}
		list := s.listOf(toc, e, section)
		*list = append(*list, e.DumpID)
	}
	return s
}

func (s *steps) listOf(toc *archive.TOC, e *archive.Entry, section archive.Section) *[]int {
	switch {
	case archive.IsGrant(e.Desc):
		return &s.acl
	case ofEvent(toc, e):
		return &s.events
	case ofView(e):
		return &s.views
	// PostgreSQL 17 and later create large objects by an entry of the data
	// section.
	case section == archive.SectionPreData || e.Desc == "BLOB METADATA":
		return &s.before
	}
	return &s.after
}

// ofEvent reports whether an entry is an event trigger or describes one.
func ofEvent(toc *archive.TOC, e *archive.Entry) bool {
	switch e.Desc {
	case "EVENT TRIGGER":
		return true
	case "COMMENT", "SECURITY LABEL":
		return slices.ContainsFunc(e.Dependencies, func(id int) bool {
			on, ok := toc.Find(id)
			return ok && on.Desc == "EVENT TRIGGER"
		})
	}
	return false
}

// ofView reports whether an entry is the rows of a materialized view or their
// statistics.
func ofView(e *archive.Entry) bool {
	return e.Desc == "MATERIALIZED VIEW DATA" || e.IsStatistics() && e.Section == archive.SectionPostData
}

// ownData reports whether the loaders load the data of an entry.
func ownData(e *archive.Entry) bool {
	return e.Desc == archive.DescTableData || e.Desc == archive.DescLargeObjects
}
