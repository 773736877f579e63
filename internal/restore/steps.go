package restore

import (
	"slices"

	"github.com/pgvault/pgvault/internal/archive"
)

// steps are the entries of an archive in the order in which a restore takes
// them, by dump ID. pg_restore itself keeps to it: grants come late, since a
// table's owner may have been left without the right to fill it, and what runs
// with the grants in force or upon every statement comes last.
type steps struct {
	before []int // what there must be before data can come
	after  []int // sequences' values, indexes, constraints, triggers
	acl    []int
	views  []int // materialized views' rows
	events []int // event triggers, which may refuse any other statement
}

// planSteps divides the entries that are wanted. The data that goes over
// connections of our own is in no step.
func planSteps(toc *archive.TOC, wanted func(*archive.Entry) bool) steps {
	var s steps
	section := archive.SectionPreData
	for i := range toc.Entries {
		e := &toc.Entries[i]
		// Comments and grants have no section: they belong where they stand.
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
	case slices.Contains([]string{"ACL", "ACL LANGUAGE", "DEFAULT ACL"}, e.Desc):
		return &s.acl
	case ofEvent(toc, e):
		return &s.events
	case ofView(e):
		return &s.views
	// PostgreSQL 17 and later make large objects by an entry of the data section.
	case section == archive.SectionPreData || e.Desc == "BLOB METADATA":
		return &s.before
	}
	return &s.after
}

// ofEvent reports whether an entry is an event trigger, or is said of one.
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

// ofView reports whether an entry is the rows of a materialized view or their statistics.
func ofView(e *archive.Entry) bool {
	return e.Desc == "MATERIALIZED VIEW DATA" || e.IsStatistics() && e.Section == archive.SectionPostData
}

// ownData reports whether the data of an entry is loaded over our own connections.
func ownData(e *archive.Entry) bool {
	return e.Desc == archive.DescTableData || e.Desc == archive.DescLargeObjects
}
