package archive_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
)

func TestCopyTargetReturnsTableAndColumns(t *testing.T) {
	t.Parallel()
	names := map[string][]string{
		"COPY \"s\".\"t\" (\"a\", \"b(c)\") FROM stdin;\n":        {"s", "t", "a", "b(c)"},
		"COPY \"o\"\"d. \".\"\"\"t\n\" (\" FROM\") FROM stdin;\n": {`o"d. `, "\"t\n", " FROM"},
		"COPY \"s\".\"t\"  FROM stdin;\n":                         {"s", "t"},
	}
	for statement, want := range map[string][2]string{
		"COPY \"s\".\"t\" (\"a\", \"b(c)\") FROM stdin;\n":        {`"s"."t"`, `("a", "b(c)")`},
		"COPY \"o\"\"d. \".\"\"\"t\n\" (\" FROM\") FROM stdin;\n": {"\"o\"\"d. \".\"\"\"t\n\"", `(" FROM")`},
		"COPY \"s\".\"t\"  FROM stdin;\n":                         {`"s"."t"`, ""},
	} {
		table, columns, err := (&archive.Entry{CopyStmt: statement}).CopyTarget()
		require.NoError(t, err, statement)
		require.Equal(t, want, [2]string{table, columns})
		schema, name, list, err := (&archive.Entry{CopyStmt: statement}).CopyNames()
		require.NoError(t, err, statement)
		require.Equal(t, names[statement], append([]string{schema, name}, list...))
	}
	for _, statement := range []string{
		"", "COPY s.t (a) FROM stdin;\n", `COPY "s"."t" ("a") FROM stdin;`, "COPY \"s\".\"t (\"a\") FROM stdin;\n",
		"COPY \"s\".\"t\" \"a\" FROM stdin;\n", "COPY \"s\" (\"a\") FROM stdin;\n", "COPY \"s\".\"t\"(\"a\") FROM stdin;\n", "COPY \"s\".\"t FROM stdin;\n",
	} {
		_, _, err := (&archive.Entry{CopyStmt: statement}).CopyTarget()
		require.ErrorIs(t, err, archive.ErrDamaged, statement)
	}
}

func TestColumnsThatCannotBeTold(t *testing.T) {
	t.Parallel()
	for _, columns := range []string{`a`, `"a",`, `"a","b"`, `"a", b`, `"a" "b"`, `"a`, ``} {
		_, _, _, err := (&archive.Entry{CopyStmt: `COPY "s"."t" (` + columns + ") FROM stdin;\n"}).CopyNames()
		require.ErrorIs(t, err, archive.ErrDamaged, columns)
	}
}
