package pieces

import "fmt"

// Settings is SQL that prepares a session to read rows: all of them or none,
// in the order of the pages, and of tables only. jit is off since it would
// compile the query of each page range again.
const Settings = `SET synchronize_seqscans = off; SET row_security = off;
SELECT pg_catalog.set_config(s.name, v.value, false) FROM pg_catalog.pg_settings s
	JOIN (VALUES ('jit', 'off'), ('restrict_nonsystem_relation_kind', 'view, foreign-table')) v (name, value)
	ON s.name OPERATOR(pg_catalog.=) v.name`

// Table is a table to copy, as SQL.
type Table struct {
	// Name is the qualified and quoted name.
	Name string
	// Columns is the list of quoted columns; empty for a table without columns.
	Columns string
	// Condition is the clause by which an extension restricts the dump of its
	// table, as "WHERE …"; empty for other tables.
	Condition string
}

// Divisible reports whether [Table.CopyRange] can copy the table.
func (t Table) Divisible() bool { return t.Columns != "" && t.Condition == "" }

// Copy returns the statement that copies the same rows as pg_dump.
func (t Table) Copy() string {
	if t.Condition != "" {
		return "COPY (SELECT " + t.Columns + " FROM ONLY " + t.Name + " " + t.Condition + ") TO STDOUT"
	}
	columns := t.Columns
	if columns != "" {
		columns = " (" + columns + ")"
	}
	return "COPY " + t.Name + columns + " TO STDOUT"
}

// CopyRange returns the statement that copies the rows of a range of pages.
func (t Table) CopyRange(r Range) string {
	query := fmt.Sprintf("COPY (SELECT %s FROM ONLY %s WHERE ctid >= '(%d,0)'", t.Columns, t.Name, r.Begin)
	if r.End > 0 {
		query += fmt.Sprintf(" AND ctid < '(%d,0)'", r.End)
	}
	return query + ") TO STDOUT"
}
