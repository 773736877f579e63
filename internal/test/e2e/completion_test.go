package e2e_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The shell completes points, and what is stored in them.
func TestCompletionOfPointsAndTables(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.protected(t, `CREATE SCHEMA shop; CREATE TABLE shop.orders (id int); CREATE VIEW shop.open AS SELECT * FROM shop.orders; CREATE TABLE customers (id int);
		CREATE TABLE shop."$(id)" (id int); CREATE SCHEMA "a b"`)
	point := w.backup(t, i)
	offers := func(words ...string) []string {
		t.Helper()
		done := w.pgvault(t, append([]string{"__complete"}, words...)...)
		require.Zero(t, done.Code, done.Stderr)
		var names []string
		for line := range strings.Lines(done.Stdout) {
			if name, _, _ := strings.Cut(strings.TrimSpace(line), "\t"); !strings.HasPrefix(name, ":") {
				names = append(names, name)
			}
		}
		return names
	}
	require.Equal(t, []string{point}, offers("restore", i.Name, "--point", "20"))
	require.Equal(t, []string{"latest", "oldest", "random", point}, offers("drill", i.Name, "--point", ""))
	require.Empty(t, offers("undelete", i.Name, "--point", ""))
	require.Equal(t, []string{"shop.orders", "shop.open"}, offers("restore", i.Name, "--table", "shop."), "the other name would be a command to the shell")
	require.Equal(t, []string{"public.customers"}, offers("restore", i.Name, "--point", point, "--table", "pub"))
	require.Equal(t, []string{"shop"}, offers("restore", i.Name, "--schema", "s"))
	require.Empty(t, offers("restore", i.Name, "--at", "2020-01-01", "--table", ""), "there is no such point")
	require.Contains(t, offers("contents", i.Name, ""), "shop.orders")
	require.Contains(t, w.pgvault(t, "__complete", "restore", i.Name, "--point", "").Stdout, "Z, ", "its time and size")

	w.ok(t, "delete", i.Name, "--point", point, "--wait")
	require.Equal(t, []string{point}, offers("undelete", i.Name, "--point", ""))
	require.Empty(t, offers("delete", i.Name, "--point", ""))
}
