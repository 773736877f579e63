package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// trustChecks stores a file of checks where the workers that start afterwards look
// for it.
func (w *world) trustChecks(t *testing.T, name, content string) {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600))
	trusted, err := os.ReadFile(w.vars["PGVAULT_TRUST"])
	require.NoError(t, err)
	w.vars["PGVAULT_TRUST"] = filepath.Join(w.dir, "trust-checks.yaml")
	require.NoError(t, os.WriteFile(w.vars["PGVAULT_TRUST"], append(trusted, []byte("checks: "+folder+"\n")...), 0o444))
}

// Another worker goes on, whatever step the first one dies in. Each of these steps
// reads the manifest before it does anything else.
func TestAWorkerKilledInAStepOfADrill(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"CheckTarget", "RestoreRoles", "PublishDatabase", "CompareDefinitions", "RunChecks", "AMCheck", "RecordDrill"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			w, proxy := newGatedWorld(t)
			w.trustChecks(t, "c.yaml", "- {name: it has rows, sql: SELECT EXISTS (SELECT FROM public.t)}\n")
			first := w.startWorker(t)
			i := w.drilled(t, "CREATE TABLE t AS SELECT generate_series(1, 1000) AS n", "checks: c.yaml")
			w.backup(t, i)
			held, release := hold(t, proxy, func(r *http.Request) bool {
				return strings.HasSuffix(r.URL.Path, "/manifest.json") && w.pending(t, drillRun(t)).GetActivityType().GetName() == step
			})
			id := w.start(t, "drill", i.Name)
			await(t, held, first)
			first.kill(t)
			w.startWorker(t)
			release()
			require.NoError(t, w.awaitEnd(t, id))
			require.Greater(t, done(t, w.history(t, drillRun(t)), step).number, int32(1))
			require.Empty(t, w.drillDatabases(t))
			require.Len(t, w.records(t, i), 1)
			record := w.drillRecord(t, i)
			require.Equal(t, "true", record.at(t, "dropped"))
			require.Equal(t, "proven", record.at(t, "verdict"))
		})
	}
}
