package e2e_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
)

// What PostgreSQL says of an error stands in the worker's log if its setting says
// so, and never in Temporal or the vault. Passwords stand nowhere.
func TestDetailsAreInTheWorkersLogOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const row, hint = "Walrus 3141", "postgresql://u:hush2718@host/db"
	i := w.unprotected(t, "")
	w.exec(t, i.Database, strings.NewReplacer("ROW", row, "HINT_", hint, "HOME", i.Database, "BACKUP", i.user()).Replace(`
		CREATE FUNCTION picky(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
			IF current_database() <> 'HOME' THEN RAISE 'value %', t USING DETAIL = 'detail ' || t, HINT = 'HINT_'; END IF; RETURN t; END $$;
		CREATE TABLE t AS SELECT 'ROW'::text AS n; CREATE INDEX ON t (public.picky(n)); GRANT pg_read_all_data TO BACKUP`))
	w.apply(t, i)
	admin, database := w.administrator(t), i.Database+"_copy"
	w.dropLater(t, database)
	logOf := func(settings ...string) string {
		p := w.beginWorker(t, settings...)
		defer p.end(t)
		p.awaitReady(t)
		if len(w.points(t, i)) == 0 {
			w.backup(t, i)
		}
		told := w.failing(t, "UserErrorRestoreStatementFailed", "restore", i.Name, "--to-server", w.server(), "--to-database", database, "--secret", admin, "--wait")
		require.NotContains(t, told, row)
		p.stop(t)
		return string(p.output.Bytes())
	}
	require.NotContains(t, logOf(), row)
	details := logOf("PGVAULT_LOG_DETAILS=true")
	require.Contains(t, details, "value "+row)
	require.Contains(t, details, "detail "+row)
	require.Contains(t, details, "CREATE INDEX")
	require.NotContains(t, details, "hush2718")
	page, err := w.temporal.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Namespace: w.namespace, PageSize: 1000})
	require.NoError(t, err)
	require.Greater(t, len(page.GetExecutions()), 2)
	for _, e := range page.GetExecutions() {
		for _, event := range w.historyOf(t, e.GetExecution()) {
			require.NotContains(t, string(text(t, event)), row)
		}
	}
	for _, blob := range w.blobs(t, "jobs/") {
		require.NotContains(t, string(w.download(t.Context(), t, blob)), row)
	}
}
