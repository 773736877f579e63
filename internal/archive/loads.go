package archive

import (
	"fmt"
	"strings"
)

// ViaRoot reports whether a partition's rows go into the partitioned table, which may
// put them into any of its partitions. pg_dump says so where rows are spread by
// the hash of an enum, whose values have other numbers in another database.
func (e *Entry) ViaRoot() bool {
	return strings.HasPrefix(e.Defn, "-- load via partition root ")
}

// LoadsInto splits the statement that loads an entry's rows into its table and
// its columns, both as SQL; columns are in parentheses, or empty for a table
// without any. Names must be quoted, as --quote-all-identifiers has them.
func (e *Entry) LoadsInto() (table, columns string, err error) {
	rest, found := strings.CutPrefix(e.CopyStmt, "COPY ")
	rest, ended := strings.CutSuffix(rest, " FROM stdin;\n")
	schema := quotedLength(rest)
	if !found || !ended || schema == 0 || !strings.HasPrefix(rest[schema:], ".") {
		return "", "", e.unknownLoad()
	}
	name := quotedLength(rest[schema+1:])
	table, columns = rest[:schema+1+name], rest[schema+1+name:]
	columns, spaced := strings.CutPrefix(columns, " ")
	if name == 0 || !spaced || columns != "" && (columns[0] != '(' || columns[len(columns)-1] != ')') {
		return "", "", e.unknownLoad()
	}
	return table, columns, nil
}

func (e *Entry) unknownLoad() error {
	return fmt.Errorf("%w: the data of %q.%q is loaded by %q", ErrDamaged, e.Namespace, e.Tag, e.CopyStmt)
}

// quotedLength is the length of the quoted name that the text begins with; 0 if
// it begins with none.
func quotedLength(sql string) int {
	if !strings.HasPrefix(sql, `"`) {
		return 0
	}
	for i := 1; i < len(sql); i++ {
		if sql[i] != '"' {
			continue
		}
		if !strings.HasPrefix(sql[i+1:], `"`) {
			return i + 1
		}
		i++
	}
	return 0
}
