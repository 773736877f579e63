package pgtools_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/postgres/pgtools"
)

func TestRolesAreTextOfTheDatabaseOnlyWhereTheyAreNoUTF8(t *testing.T) {
	t.Parallel()
	const head, utf8Head = "SET client_encoding = 'SQL_ASCII';\n", "SET client_encoding = 'UTF8';\n"
	text, ok := pgtools.RolesAsText([]byte(head + "CREATE ROLE \"jürgen\";\n"))
	require.True(t, ok)
	require.Equal(t, utf8Head+"CREATE ROLE \"jürgen\";\n", string(text))
	stored := head + "CREATE ROLE \"jürgen\";\nCREATE ROLE \"j\xfcrg\";\n"
	_, ok = pgtools.RolesAsText([]byte(stored))
	require.False(t, ok)
	seen := utf8Head + "CREATE ROLE \"jÃ¼rgen\";\nCREATE ROLE \"jürg\";\n"
	require.Equal(t, utf8Head+"CREATE ROLE \"jürgen\";\nCREATE ROLE \"jürg\";\n", string(pgtools.MergeRoles([]byte(stored), []byte(seen))))
	require.Equal(t, utf8Head, string(pgtools.MergeRoles([]byte(stored), []byte(utf8Head))))
}
