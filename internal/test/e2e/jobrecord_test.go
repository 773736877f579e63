package e2e_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// identity is the object ID of the workers' identity in the local environment.
const identity = "66666666-7777-8888-9999-000000000000"

// TestRecordsSayWhoAndWhereTo reads the records of a backup, a restore of a database
// and one of files, and of a restore that fails.
func TestRecordsSayWhoAndWhereTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.startWorker(t)
	i := w.protected(t, "CREATE TABLE a AS SELECT generate_series(1, 1000) AS n; CREATE TABLE b AS SELECT generate_series(1, 234) AS n")
	server := w.server()
	host, err := os.Hostname()
	require.NoError(t, err)
	record := func(args ...string) map[string]any {
		t.Helper()
		r := w.pgvault(t, append(args, "--wait")...)
		found := w.record(t, jobID(t, r))
		require.NotEmpty(t, found["identity"], "what the client claims")
		require.Equal(t, identity, found["recordedBy"].(map[string]any)["objectID"])
		return found
	}
	by := func(found map[string]any) {
		t.Helper()
		worker := found["worker"].(map[string]any)
		require.Equal(t, identity, worker["objectID"])
		require.Equal(t, host, worker["host"])
		require.NotEmpty(t, worker["version"])
	}
	signIn := func(found map[string]any, url string) {
		t.Helper()
		in := found["signIn"].(map[string]any)
		require.Equal(t, "key-vault", in["kind"])
		require.Equal(t, url, in["url"])
		require.NotEmpty(t, in["version"])
	}

	backup := record("backup", i.Name)
	by(backup)
	signIn(backup, i.Secret)
	require.Equal(t, map[string]any{"server": server, "database": i.Database}, backup["source"])
	require.EqualValues(t, 1234, backup["rows"])
	require.Positive(t, backup["bytes"])

	admin, database := w.administrator(t), i.Database+"_copy"
	w.dropLater(t, database)
	restored := record("restore", i.Name, "--to-server", w.server(), "--to-database", database, "--secret", admin, "--table", "public.b")
	by(restored)
	signIn(restored, admin)
	require.Equal(t, map[string]any{"server": server, "database": database, "tables": []any{"public.b"}}, restored["target"])
	require.EqualValues(t, 234, restored["rows"])
	require.Positive(t, restored["bytes"])

	refused := record("restore", i.Name, "--to-server", w.server(), "--to-database", database, "--secret", admin)
	require.Equal(t, "failed", refused["outcome"])
	require.Equal(t, map[string]any{"server": server, "database": database}, refused["target"])

	container := w.elsewhere(t).env.VaultURL
	files := record("restore", i.Name, "--to-container", container, "--prefix", "copy/")
	by(files)
	require.Equal(t, map[string]any{"container": container, "prefix": "copy/"}, files["target"])
	require.Positive(t, files["bytes"])

	var listed struct {
		Jobs []struct {
			Work struct{ Source, Worker map[string]any }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(w.ok(t, "jobs", "--instance", i.Name, "-o", "json")), &listed))
	require.Len(t, listed.Jobs, 4)
	require.Subset(t, listed.Jobs[3].Work.Source, backup["source"])
	require.Equal(t, backup["worker"], listed.Jobs[3].Work.Worker)
}
