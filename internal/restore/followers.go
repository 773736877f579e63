package restore

import (
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
)

// followers are the entries that can be made when the rows of one table are
// loaded, whether or not other tables are.
type followers struct {
	// constraints are made one after another, since each locks the table, and
	// so are indexes that alter the table.
	constraints []*archive.Entry
	// indexes are made after the constraints, concurrently.
	indexes []*archive.Entry
}

// rowsOf returns the dump IDs of the rows in the parts, by the dump ID of their
// table.
func rowsOf(toc *archive.TOC, parts []region) map[int]int {
	rows := map[int]int{}
	for i, part := range parts {
		if i > 0 && part.entry == parts[i-1].entry {
			continue // another piece
		}
		if table, ok := tableOf(toc, part.entry); ok {
			rows[table] = part.entry.DumpID
		}
	}
	return rows
}

// planFollowers returns the followers of the tables that have rows, by the dump ID
// of the rows. Entries that depend on anything else than their table, such as a
// function that may read other tables, are left out.
func planFollowers(toc *archive.TOC, rows map[int]int, wanted func(*archive.Entry) bool) map[int]*followers {
	all := map[int]*followers{}
	for i := range toc.Entries {
		e := &toc.Entries[i]
		if !followsOne(e) || !wanted(e) {
			continue
		}
		id, ok := rows[e.Dependencies[0]]
		if !ok {
			continue
		}
		if all[id] == nil {
			all[id] = &followers{}
		}
		if e.Desc == "CONSTRAINT" || alters(e) {
			all[id].constraints = append(all[id].constraints, e)
		} else {
			all[id].indexes = append(all[id].indexes, e)
		}
	}
	return all
}

// followsOne reports whether the entry depends on one table only.
func followsOne(e *archive.Entry) bool {
	return (e.Desc == "CONSTRAINT" || e.Desc == "INDEX") && len(e.Dependencies) == 1 && e.Tablespace == ""
}

// tableOf returns the dump ID of the table that has the rows.
func tableOf(toc *archive.TOC, rows *archive.Entry) (int, bool) {
	if rows.Desc != archive.DescTableData || rows.LoadsViaPartitionRoot() {
		return 0, false
	}
	i := slices.IndexFunc(rows.Dependencies, func(id int) bool {
		e, ok := toc.Find(id)
		return ok && e.Desc == "TABLE" && e.Namespace == rows.Namespace && e.Tag == rows.Tag
	})
	if i < 0 {
		return 0, false
	}
	return rows.Dependencies[i], true
}

// alters reports whether pg_dump alters the table after creating the index, as
// for a replica identity and for CLUSTER. The ALTER TABLE needs a lock that
// conflicts with concurrent index builds on the table, which may wait for the
// same lock.
func alters(e *archive.Entry) bool {
	return e.Desc == "INDEX" && strings.Contains(e.Defn, ";\n\nALTER ")
}
