package e2e_test

import (
	"path"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestARestoreIsVerified(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.rich(t)
	w.backup(t, i)
	apart := "verified_" + path.Base(i.Name)
	out := w.restore(t, i, w.administrator(t), apart, "--verify")
	require.Regexp(t, `verified: \d+ tables with \d+ rows, \d+ sequences and \d+ large objects are those of the dump`, out)

	// A restore runs code of the database, which writes what was never dumped.
	j := w.protected(t, `CREATE TABLE log (i int); CREATE FUNCTION note(n int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.log VALUES (n); RETURN true; END';
		CREATE TABLE noted (n int CHECK (note(n))); INSERT INTO noted VALUES (1), (2), (3)`)
	w.backup(t, j)
	other := apart + "_differs"
	w.restore(t, j, w.administrator(t), other)
	require.Equal(t, "6", w.query(t, other, "SELECT count(*)::text FROM log"))
	refused := w.failing(t, "UserErrorRestoredDataDiffers", "restore", j.Name, "--to-server", w.server(), "--to-database", other+"_2", "--secret", w.administrator(t), "--verify", "--wait")
	require.Contains(t, refused, "table public.log: rows (expected 3 rows, found 6 rows)")
	require.Equal(t, "0", w.query(t, "postgres", "SELECT count(*)::text FROM pg_database WHERE datname = '"+other+"_2'"))
	require.NotContains(t, refused, "public.noted")
}
