package e2e_test

import (
	"path"
	"testing"

	"github.com/stretchr/testify/require"
)

// Somebody emptied one of many tables.
func TestOneTableIsBroughtBack(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.rich(t)
	point := w.backup(t, i)
	const table = `"Odd Schema"."select ""x""; --"`
	rows := "SELECT string_agg(t::text, '' ORDER BY t::text) FROM " + table + " t"
	lost := w.query(t, i.Database, rows)

	apart := "apart_" + path.Base(i.Name)
	out := w.restore(t, i, w.administrator(t), apart, "--table", table, "--connections", "2")
	require.Contains(t, out, point)
	require.Equal(t, lost, w.query(t, apart, rows))
	require.Equal(t, "1", w.query(t, apart, "SELECT count(*)::text FROM pg_class WHERE relkind = 'r' AND relnamespace::regnamespace::text = '\"Odd Schema\"'"))

	args := []string{"restore", i.Name, "--to-server", w.server(), "--to-database", i.Database, "--secret", w.administrator(t), "--table", table, "--data-only", "--wait"}
	refused := w.pgvault(t, args...)
	require.Equal(t, 1, refused.Code, "it has rows still")
	require.Contains(t, refused.Stderr, "UserErrorTargetTableNotEmpty")
	w.exec(t, i.Database, "TRUNCATE "+table)
	require.Contains(t, w.ok(t, args...), "Rows of recovery point "+point)
	require.Equal(t, lost, w.query(t, i.Database, rows))

	near := w.pgvault(t, "restore", i.Name, "--to-server", w.server(), "--to-database", apart+"_2", "--secret", w.administrator(t), "--table", `Odd Schema.privat`, "--wait")
	require.Equal(t, 1, near.Code)
	require.Contains(t, near.Stderr, "Odd Schema.private")
}
