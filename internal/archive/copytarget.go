package archive

import (
	"fmt"
	"strings"
)

// LoadsViaPartitionRoot reports whether a partition's rows are loaded into the
// partitioned table, which may put them into any of its partitions. pg_dump asks
// for that if a partition key hashes an enum, since the values of an enum have
// other OIDs in another database.
func (e *Entry) LoadsViaPartitionRoot() bool {
	return strings.HasPrefix(e.Defn, "-- load via partition root ") // as dumpTableData of pg_dump.c writes it
}

// CopyTarget returns the table and the columns of the entry's CopyStmt, both as
// SQL. The columns are in parentheses; they are "" for a table without columns.
// CopyTarget fails with [ErrDamaged] unless all names are quoted, as pg_dump
// --quote-all-identifiers does.
func (e *Entry) CopyTarget() (table, columns string, err error) {
	rest, found := strings.CutPrefix(e.CopyStmt, "COPY ")
	rest, ended := strings.CutSuffix(rest, " FROM stdin;\n")
	schema := quotedLength(rest)
	if !found || !ended || schema == 0 || !strings.HasPrefix(rest[schema:], ".") {
		return "", "", e.unknownCopyStmt()
	}
	name := quotedLength(rest[schema+1:])
	table, columns = rest[:schema+1+name], rest[schema+1+name:]
	columns, spaced := strings.CutPrefix(columns, " ")
	if name == 0 || !spaced || columns != "" && (columns[0] != '(' || columns[len(columns)-1] != ')') {
		return "", "", e.unknownCopyStmt()
	}
	return table, columns, nil
}

// CopyNames returns the table and the columns of the entry's CopyStmt as names. It
// fails like [Entry.CopyTarget].
func (e *Entry) CopyNames() (schema, table string, columns []string, err error) {
	into, list, err := e.CopyTarget()
	if err != nil {
		return "", "", nil, err
	}
	r := nameReader{rest: into}
	schema, table = r.qualified()
	if list != "" {
		r.rest += list
		columns = r.list()
	}
	if r.failed || r.rest != "" {
		return "", "", nil, e.unknownCopyStmt()
	}
	return schema, table, columns, nil
}

// unknownCopyStmt returns the error of a CopyStmt that cannot be read.
func (e *Entry) unknownCopyStmt() error {
	return fmt.Errorf("%w: cannot read the COPY statement of %q.%q: %q", ErrDamaged, e.Namespace, e.Tag, e.CopyStmt)
}
