package e2e_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
)

// guarded is a database with the data canaries in rows, keys, defaults, policies,
// comments, settings and code. Whoever dumps its table rows evaluates public.raised,
// since a superuser has made it an extension's table with a condition.
const guarded = `
CREATE FUNCTION raised(t text) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RETURN t <> 'Zanzibar Quail 7741' OR true; END $$;
CREATE TABLE rows (t text PRIMARY KEY DEFAULT 'Zanzibar Quail 7741', i bigint DEFAULT 774177417741 CHECK (i > 0));
INSERT INTO rows DEFAULT VALUES;
ALTER EXTENSION plpgsql ADD TABLE rows;
UPDATE pg_extension SET extconfig = ARRAY['public.rows'::regclass::oid], extcondition = ARRAY['WHERE public.raised(t)'] WHERE extname = 'plpgsql';
CREATE TABLE hidden AS TABLE rows;
CREATE POLICY theirs ON hidden USING (t = 'Zanzibar Quail 7741');
COMMENT ON TABLE hidden IS 'Zanzibar Quail 7741';
COMMENT ON DATABASE {db} IS 'Zanzibar Quail 7741';
ALTER DATABASE {db} SET default_tablespace = 'Zanzibar Quail 7741';
ALTER ROLE {backup} SET default_text_search_config = '"Zanzibar Quail 7741"';
COMMENT ON ROLE {backup} IS 'Zanzibar Quail 7741'`

// raising is a function that raises an error in whatever asks for rows.
const raising = `CREATE OR REPLACE FUNCTION public.raised(t text) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
	RAISE EXCEPTION E'{message} %\npg_dump: detail: %', t, t USING ERRCODE = '{state}', DETAIL = 'row ' || t, HINT = E'correct\nCONTEXT:  ' || t; END $$`

// A backup that fails in its validation, in pg_dump or in COPY, or is cancelled,
// tells no data.
func TestFailedBackupsTellNoData(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.startWorker(t)
	i := w.unprotected(t, "")
	named := strings.NewReplacer("{db}", i.Database, "{backup}", i.user())
	w.exec(t, i.Database, named.Replace(guarded))
	i.More = []string{"dump: {lockTimeout: 1s}"}
	w.apply(t, i)
	w.failing(t, "UserErrorMissingDBPermissions", "backup", i.Name, "--wait")
	w.exec(t, i.Database, named.Replace("GRANT pg_read_all_data TO {backup}; ALTER TABLE hidden ENABLE ROW LEVEL SECURITY"))
	w.failing(t, "UserErrorRowLevelSecurity", "backup", i.Name, "--wait")
	w.exec(t, i.Database, "ALTER TABLE hidden DISABLE ROW LEVEL SECURITY")

	cancelled := func(code string) {
		t.Helper()
		id := w.start(t, "backup", i.Name)
		w.awaitRetry(t, i.workID(), "Dump", code)
		require.NoError(t, w.temporal.CancelWorkflow(t.Context(), id, ""))
		require.True(t, temporal.IsCanceledError(w.awaitEnd(t, id)))
		require.Equal(t, "cancelled", w.record(t, id)["outcome"])
		noData(t, "the card of "+id, []byte(w.card(t, i.workID())))
	}
	unlock := w.lock(t, i.Database, "hidden")
	cancelled("LockTimeout")
	unlock()
	raise := func(state, message string) {
		w.exec(t, i.Database, strings.NewReplacer("{state}", state, "{message}", message).Replace(raising))
	}
	for _, state := range []string{"57P01", "08006", "40001", "40P01", "53300"} {
		raise(state, "server closed the connection unexpectedly")
		cancelled("InternalError")
	}
	for state, message := range map[string]string{
		"P0001": "row", "22P02": "invalid input", "42501": "permission denied for table", "23505": "canceling statement due to lock timeout",
	} {
		raise(state, message)
		told := w.failing(t, "UserErrorDumpRefused", "backup", i.Name, "--wait")
		noData(t, "what the command says", []byte(told))
	}
	w.searchCards(t)
}
