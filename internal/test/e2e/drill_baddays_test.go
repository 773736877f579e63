package e2e_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// drilledOn is like drilled, with drills on the test's own scratch server.
func (w *world) drilledOn(t *testing.T, scratch *localenv.Postgres, sql string) instance {
	t.Helper()
	i := w.drillable(t, w.unprotected(t, sql), scratch)
	w.exec(t, i.Database, "GRANT pg_read_all_data TO "+i.user())
	w.apply(t, i)
	return i
}

// ownScratch starts a scratch server that the test may stop.
func ownScratch(t *testing.T) *localenv.Postgres {
	t.Helper()
	return ownServer(t, localenv.PostgresOptions{Host: localenv.ScratchHost})
}

// drillRecord returns the first record of an instance's drills, read without the code
// under test.
func (w *world) drillRecord(t *testing.T, i instance) (record document) {
	t.Helper()
	envelope := w.document(t, "proofs/"+i.Name+"/00000001.json")
	payload, err := base64.StdEncoding.DecodeString(envelope.at(t, "payload"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(payload, &record))
	return record
}

// comparing matches the request with which a drill begins to compare rows.
func comparing(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasPrefix(path.Base(r.URL.Path), "fingerprints-")
}

// The scratch server is away when the drill begins, and again while it compares. The
// drill waits, and drops its database when the server is back.
func TestScratchServerAwayInADrill(t *testing.T) {
	t.Parallel()
	w, proxy := newGatedWorld(t)
	p := w.startWorker(t)
	scratch := ownScratch(t)
	i := w.drilledOn(t, scratch, "CREATE TABLE t AS SELECT generate_series(1, 1000) AS n")
	w.backup(t, i)
	run := jobs.DrillRunID(fmt.Sprintf("%s:%d", scratch.Host, scratch.Port))
	held, release := hold(t, proxy, comparing)

	scratch.Halt()
	id := w.start(t, "drill", i.Name)
	w.awaitRetry(t, run, "CheckTarget", "ServerConnectionClosed")
	require.NoError(t, scratch.Start(t.Context()))
	await(t, held, p)
	scratch.Halt()
	release()
	w.awaitRetry(t, run, "CompareRows", "ServerConnectionClosed")
	require.NoError(t, scratch.Start(t.Context()))
	require.NoError(t, w.awaitEnd(t, id))
	require.NoError(t, scratch.Exec(t.Context(), "postgres", `DO $$ BEGIN
		ASSERT NOT EXISTS (SELECT FROM pg_database WHERE starts_with(datname, 'pgvault')); END $$`))
	require.Equal(t, "true", w.drillRecord(t, i).at(t, "dropped"))
}

// Nothing is created on a server that is older than the point.
func TestADrillOnAnOlderServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.startWorker(t)
	i := w.drilled(t, "")
	future := w.fromTheFuture(t, i, w.backup(t, i))
	out := w.failing(t, "UserErrorRestoreToLowerVersion", "drill", i.Name, "--point", future, "--wait")
	require.Contains(t, out, localenv.ScratchHost)
	require.Empty(t, w.drillDatabases(t))
	require.Empty(t, w.records(t, i), "nothing was drilled")
	require.Empty(t, w.holds(t, i, future))
}

// A function of the restored database raises the state of a full disk. The drill
// fails, and leaves no database.
func TestADrillWhoseRestoreRaisesAFullDisk(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.startWorker(t)
	gate := localenvtest.Unique()
	scratch := localenvtest.Scratch(t)
	i := w.drilled(t, fmt.Sprintf(`CREATE FUNCTION room(n int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
		IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '%s') THEN RAISE 'could not extend file' USING ERRCODE = '53100'; END IF;
		RETURN true; END $$; CREATE TABLE t (n int CHECK (public.room(n))); INSERT INTO t VALUES (1)`, gate))
	w.backup(t, i)
	require.NoError(t, scratch.Exec(t.Context(), "postgres", "CREATE ROLE "+gate))
	t.Cleanup(func() {
		require.NoError(t, scratch.Exec(context.Background(), "postgres", "DROP ROLE IF EXISTS "+gate))
	})
	require.Contains(t, w.failing(t, "UserErrorRestoreStatementFailed", "drill", i.Name, "--wait"), "53100")
	require.Empty(t, w.drillDatabases(t))
	record := w.drillRecord(t, i)
	require.Equal(t, "failed", record.at(t, "verdict"))
	require.Equal(t, "restore", record.at(t, "failure.phase"))
	require.Equal(t, "UserErrorRestoreStatementFailed", record.at(t, "failure.code"))
}

// A point that a person deletes while it is drilled stays until the drill ends, also
// if its term ends meanwhile. Another drill of the point is refused.
func TestAPointIsDeletedWhileItIsDrilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.startWorker(t)
	slow := w.slow(t)
	point := w.backup(t, slow.instance)
	id := w.start(t, "drill", slow.Name)
	w.awaitRestore(t)
	w.ok(t, "delete", slow.Name, "--point", point, "--wait")
	w.endTerm(t, slow.instance, point)
	w.sweep(t)
	require.Contains(t, w.points(t, slow.instance), point, "a point that is being drilled is held")
	slow.open(t)
	require.NoError(t, w.awaitEnd(t, id))
	require.Equal(t, point, w.drillRecord(t, slow.instance).at(t, "point.id"))
	require.Empty(t, w.drillDatabases(t))
	w.failing(t, "UserErrorRecoveryPointSoftDeleted", "drill", slow.Name, "--point", point, "--wait")
	w.sweep(t)
	require.NotContains(t, w.points(t, slow.instance), point)
}

func TestADrillOfAnArchivedPoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.startWorker(t)
	i := w.drilled(t, "CREATE TABLE t AS SELECT 1 AS n")
	point := w.archived(t, i)
	require.Contains(t, w.failing(t, "UserErrorRecoveryPointArchived", "drill", i.Name, "--point", point, "--wait"), "pgvault restore")
	require.Contains(t, w.failing(t, "UserErrorRecoveryPointNotFound", "drill", i.Name, "--wait"), "at once")
	require.Empty(t, w.drillDatabases(t))
	require.Empty(t, w.holds(t, i, point))
}

// A schedule fires, and one check passes, one fails and one raises an error. The
// evidence has the outcomes, and nothing of what the error says of the data.
func TestAScheduledDrillWithChecks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.trustChecks(t, "c.yaml", `- name: it has rows
  sql: SELECT EXISTS (SELECT FROM public.t)
- name: it has many rows
  sql: SELECT count(*) > 5 FROM public.t
- name: its text is a number
  sql: SELECT bool_and(text::int > 0) FROM public.t
`)
	w.startWorker(t)
	i := w.drilled(t, "CREATE TABLE t AS SELECT 'a row of a customer' AS text", "checks: c.yaml", "schedule: {times: ['00:01'], days: [Sun]}")
	w.backup(t, i)

	id := w.triggerNow(t, "drill/"+i.Name)
	require.Error(t, w.awaitEnd(t, id))
	require.Equal(t, "UserErrorDrillFailed", w.attributes(t, id)["PgvaultErrorCode"])
	record := w.drillRecord(t, i)
	require.Equal(t, "schedule", record.at(t, "job.trigger"))
	require.Equal(t, "failed", record.at(t, "verdict"))
	var outcomes []string
	for _, check := range record["checks"].([]any) {
		c := check.(map[string]any)
		outcomes = append(outcomes, fmt.Sprint(c["name"], ": ", c["outcome"], " ", c["sqlState"]))
	}
	require.Equal(t, []string{"it has rows: passed <nil>", "it has many rows: failed <nil>", "its text is a number: error 22P02"}, outcomes)
	for _, text := range []string{fmt.Sprint(record), fmt.Sprint(w.history(t, id)), fmt.Sprint(w.history(t, drillRun(t)))} {
		require.NotContains(t, text, "a row of a customer")
	}
	require.Empty(t, w.drillDatabases(t))
}

// An index whose expression raises an error for amcheck alone is restored. What amcheck
// could not check is not proven.
func TestADrillWithAnIndexThatAMCheckCannotRead(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.drilled(t, `CREATE TABLE t AS SELECT 1 AS n;
		CREATE FUNCTION raise(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
			IF EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'amcheck') THEN RAISE 'not now'; END IF;
			RETURN n; END $$;
		CREATE INDEX ON t (public.raise(n))`)
	w.backup(t, i)

	w.ok(t, "drill", i.Name, "--wait")
	record := w.drillRecord(t, i)
	require.Equal(t, "partly", record.at(t, "verdict"))
	require.Equal(t, []any{"amcheck: 1 not checked: SQLSTATE P0001"}, record["compared"].(map[string]any)["notProven"])
}

// The worker is killed while it compares rows, and the next one while it drops the
// database.
func TestWorkersKilledAtTheEndOfADrill(t *testing.T) {
	t.Parallel()
	w, proxy := newGatedWorld(t)
	first := w.startWorker(t)
	i := w.drilled(t, "CREATE TABLE t AS SELECT generate_series(1, 1000) AS n")
	w.backup(t, i)
	held, release := hold(t, proxy, comparing)
	id := w.start(t, "drill", i.Name)
	await(t, held, first)
	// DropTarget reads the manifest first.
	dropping, letDrop := hold(t, proxy, func(r *http.Request) bool {
		return strings.HasSuffix(r.URL.Path, "/manifest.json") && w.pending(t, drillRun(t)).GetActivityType().GetName() == "DropTarget"
	})
	first.kill(t)
	second := w.startWorker(t)
	release()
	await(t, dropping, second)
	second.kill(t)
	require.Len(t, w.drillDatabases(t), 1)
	w.startWorker(t)
	letDrop()
	require.NoError(t, w.awaitEnd(t, id))
	require.Greater(t, done(t, w.history(t, drillRun(t)), "CompareRows").number, int32(1))
	require.Greater(t, done(t, w.history(t, drillRun(t)), "DropTarget").number, int32(1))
	require.Empty(t, w.drillDatabases(t))
	require.Equal(t, "true", w.drillRecord(t, i).at(t, "dropped"))
}

// The evidence cannot be stored, and then not be signed.
func TestADrillWithoutEvidenceFails(t *testing.T) {
	t.Parallel()
	env := localenvtest.Env(t)
	azure, err := localenv.StartStandIns(localenv.StandInOptions{CA: env.CA})
	require.NoError(t, err)
	t.Cleanup(azure.Stop)
	env.Azure = azure
	proxy := gate(t, env)
	w := newWorldIn(t, env, map[string]string{"PGVAULT_VAULT": proxy.URL + "/" + path.Base(env.VaultURL)})
	w.startWorker(t)
	i := w.drilled(t, "CREATE TABLE t AS SELECT 1 AS n")
	w.backup(t, i)
	undo := proxy.Forbid(func(r *http.Request) bool {
		return r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/proofs/")
	})
	w.failing(t, "UserErrorContainerNotAccessible", "drill", i.Name, "--wait")
	require.Empty(t, w.drillDatabases(t))
	require.Empty(t, w.records(t, i))
	undo()

	w.ok(t, "drill", i.Name, "--wait")
	signature := w.document(t, "proofs/"+i.Name+"/00000001.json")["signatures"].([]any)[0].(map[string]any)
	azure.KeyVault.ChangeKey(signature["keyid"].(string), func(a *localenv.KeyAttributes) { a.Enabled = false })
	w.failing(t, "UserErrorSigningKeyUnusable", "drill", i.Name, "--wait")
	require.Empty(t, w.drillDatabases(t))
	require.Len(t, w.records(t, i), 1)
}
