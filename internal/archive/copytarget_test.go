package archive_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
)

func TestCopyTargetReturnsTableAndColumns(t *testing.T) {
	t.Parallel()
	for statement, want := range map[string][2]string{
		"COPY \"s\".\"t\" (\"a\", \"b(c)\") FROM stdin;\n":        {`"s"."t"`, `("a", "b(c)")`},
		"COPY \"o\"\"d. \".\"\"\"t\n\" (\" FROM\") FROM stdin;\n": {"\"o\"\"d. \".\"\"\"t\n\"", `(" FROM")`},
		"COPY \"s\".\"t\"  FROM stdin;\n":                         {`"s"."t"`, ""},
	} {
		table, columns, err := (&archive.Entry{CopyStmt: statement}).CopyTarget()
		require.NoError(t, err, statement)
		require.Equal(t, want, [2]string{table, columns})
	}
	for _, statement := range []string{
		"", "COPY s.t (a) FROM stdin;\n", `COPY "s"."t" ("a") FROM stdin;`, "COPY \"s\".\"t (\"a\") FROM stdin;\n",
		"COPY \"s\".\"t\" \"a\" FROM stdin;\n", "COPY \"s\" (\"a\") FROM stdin;\n", "COPY \"s\".\"t\"(\"a\") FROM stdin;\n", "COPY \"s\".\"t FROM stdin;\n",
	} {
		_, _, err := (&archive.Entry{CopyStmt: statement}).CopyTarget()
		require.ErrorIs(t, err, archive.ErrDamaged, statement)
	}
}
