package restore

import (
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
)

// followers are what can be made of a table once its own rows are there,
// whatever other tables have by then.
type followers struct {
	// constraints are made one after another, since each locks the table. So are
	// indexes that change it as well.
	constraints []*archive.Entry
	// indexes are made after them, side by side.
	indexes []*archive.Entry
}

// planFollowers finds the followers of the tables whose rows are in the parts,
// by the dump ID of the rows. What depends on anything but its table, on a
// function that may read other tables for one, is left to pg_restore.
func planFollowers(toc *archive.TOC, parts []region, wanted func(*archive.Entry) bool) map[int]*followers {
	rows := map[int]int{} // the dump ID of a table's rows, by the table's own
	for _, part := range parts {
		if table, ok := tableOf(toc, part.entry); ok {
			rows[table] = part.entry.DumpID
		}
	}
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

// followsOne reports whether there is nothing but one table for the entry to wait for.
func followsOne(e *archive.Entry) bool {
	return (e.Desc == "CONSTRAINT" || e.Desc == "INDEX") && len(e.Dependencies) == 1 && e.Tablespace == ""
}

// tableOf is the dump ID of the table that has the rows.
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

// alters reports whether an index is followed by a change of its table, as
// pg_dump writes for a replica identity and for CLUSTER. The change needs a lock
// that others who make indexes of the table have to release first, and they may
// wait for the same.
func alters(e *archive.Entry) bool {
	return e.Desc == "INDEX" && strings.Contains(e.Defn, ";\n\nALTER ")
}
