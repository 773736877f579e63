package e2e_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"path"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// drillable adds drills on a scratch server to an instance.
func (w *world) drillable(t *testing.T, i instance, scratch *localenv.Postgres, more ...string) instance {
	t.Helper()
	role, pw := "drill_"+strings.ToLower(rand.Text()[:8]), password()
	require.NoError(t, scratch.Exec(t.Context(), "postgres", fmt.Sprintf("CREATE ROLE %s LOGIN SUPERUSER PASSWORD '%s'", role, pw.Reveal())))
	secret := w.env.Azure.KeyVault.SetSecret(strings.ReplaceAll(role, "_", "-"), scratch.URI("postgres", role, pw))
	i.More = append(i.More, "drill:",
		fmt.Sprintf("  server: {host: '%s', port: %d}", scratch.Host, scratch.Port),
		"  signIn: {keyVaultSecret: '"+secret+"'}")
	for _, line := range more {
		i.More = append(i.More, "  "+line)
	}
	return i
}

// drilled is like protected, with drills on the shared scratch server.
func (w *world) drilled(t *testing.T, sql string, more ...string) instance {
	t.Helper()
	i := w.drillable(t, w.unprotected(t, sql), localenvtest.Scratch(t), more...)
	w.exec(t, i.Database, "GRANT pg_read_all_data TO "+i.user())
	w.apply(t, i)
	return i
}

// drillDatabases returns the names of the databases of the world's drills.
func (w *world) drillDatabases(t *testing.T) []string {
	t.Helper()
	return scratchQuery(t, "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", jobs.DrillDatabases(w.document(t, "vault.json").at(t, "id")))
}

// drillRun returns the workflow ID of the drills on the shared scratch server.
func drillRun(t *testing.T) string {
	t.Helper()
	p := localenvtest.Scratch(t)
	return jobs.DrillRunID(fmt.Sprintf("%s:%d", p.Host, p.Port))
}

// scratchQuery returns the first column of a query on the shared scratch server.
func scratchQuery(t *testing.T, query string, args ...any) []string {
	t.Helper()
	conn, err := localenvtest.Scratch(t).Connect(t.Context(), "postgres")
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	rows, err := conn.Query(t.Context(), query, args...)
	require.NoError(t, err)
	values, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return values
}

// records returns the numbers of the records of an instance's drills.
func (w *world) records(t *testing.T, i instance) (names []string) {
	t.Helper()
	for _, name := range w.blobs(t, "proofs/"+i.Name+"/") {
		names = append(names, path.Base(name))
	}
	return names
}

// slowDrill is an instance whose restores wait while a role exists on the scratch
// server.
type slowDrill struct {
	instance
	gate string
}

// slow adds such an instance, whose gate is closed.
func (w *world) slow(t *testing.T) slowDrill {
	t.Helper()
	gate := localenvtest.Unique()
	i := w.drilled(t, fmt.Sprintf(`CREATE FUNCTION opened(n int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
		WHILE EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '%s') LOOP PERFORM pg_catalog.pg_sleep(0.05); END LOOP;
		RETURN true; END $$; CREATE TABLE t (n int CHECK (public.opened(n))); INSERT INTO t VALUES (1)`, gate))
	require.NoError(t, localenvtest.Scratch(t).Exec(t.Context(), "postgres", "CREATE ROLE "+gate))
	d := slowDrill{i, gate}
	t.Cleanup(func() {
		require.NoError(t, localenvtest.Scratch(t).Exec(context.Background(), "postgres", "DROP ROLE IF EXISTS "+gate))
	})
	return d
}

// open lets the restores of the instance go on.
func (d slowDrill) open(t *testing.T) {
	t.Helper()
	require.NoError(t, localenvtest.Scratch(t).Exec(t.Context(), "postgres", "DROP ROLE "+d.gate))
}

// awaitRestore waits until a restore of a drill of the world waits at a gate.
func (w *world) awaitRestore(t *testing.T) {
	t.Helper()
	eventually(t, func() bool {
		for _, database := range w.drillDatabases(t) {
			if len(scratchQuery(t, "SELECT state FROM pg_stat_activity WHERE datname = $1 AND wait_event = 'PgSleep'", database)) > 0 {
				return true
			}
		}
		return false
	}, "no restore of a drill waits")
}

func TestDrill(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.drilled(t, "CREATE TABLE t AS SELECT n, 'row ' || n AS text FROM generate_series(1, 1000) n; ALTER TABLE t ADD PRIMARY KEY (n)")
	first := w.backup(t, i)
	w.exec(t, i.Database, "INSERT INTO t VALUES (0, 'later')")
	second := w.backup(t, i)

	for choice, point := range map[string]string{"": second, "oldest": first, first: first} {
		args := []string{"drill", i.Name, "--wait"}
		if choice != "" {
			args = append(args, "--point", choice)
		}
		r := w.pgvault(t, args...)
		require.Zero(t, r.Code, r.Stdout+r.Stderr)
		require.Contains(t, r.Stdout, "Recovery point "+point+" of "+i.Name+" is proven: ", r.Stdout)
		require.Equal(t, "completed", w.attributes(t, jobID(t, r))["PgvaultOutcome"])
	}
	out := w.ok(t, "drill", i.Name, "--point", "random", "--wait")
	require.Contains(t, []string{first, second}, pointID.FindString(out))
	require.Equal(t, []string{"00000001.json", "00000002.json", "00000003.json", "00000004.json"}, w.records(t, i))
}

func TestDrillsThatCannotBegin(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	without := w.protected(t, "")
	require.Contains(t, w.failing(t, "UserErrorInvalidConfiguration", "drill", without.Name, "--wait"), "has no scratch server")

	// The trust file lists the server for backups and restores.
	elsewhere := w.drillable(t, w.unprotected(t, ""), w.env.Postgres)
	w.exec(t, elsewhere.Database, "GRANT pg_read_all_data TO "+elsewhere.user())
	w.apply(t, elsewhere)
	w.backup(t, elsewhere)
	require.Contains(t, w.failing(t, "UserErrorNotTrusted", "drill", elsewhere.Name, "--wait"), "use: [drill]")
	require.Empty(t, w.records(t, elsewhere))

	i := w.drilled(t, "")
	require.Contains(t, w.failing(t, "UserErrorRecoveryPointNotFound", "drill", i.Name, "--wait"), "has no recovery point")
	mistyped := w.pgvault(t, "drill", i.Name, "--point", "../x", "--wait")
	require.Equal(t, 2, mistyped.Code, mistyped.Stdout+mistyped.Stderr)
	require.Contains(t, mistyped.Stderr, "UserErrorInvalidInput")
	unknown := []string{"drill", i.Name, "--point", "20261124T020000Z-1f2e3d4c", "--wait"}
	job := w.pgvaultWith(t, w.withoutVault(), unknown...)
	require.Equal(t, 1, job.Code, job.Stdout+job.Stderr)
	require.Contains(t, job.Stderr, "UserErrorRecoveryPointNotFound")
	refused := w.pgvault(t, unknown...) // a command that knows the vault starts no job
	require.Equal(t, 2, refused.Code, refused.Stdout+refused.Stderr)
	require.Contains(t, refused.Stderr, "UserErrorRecoveryPointNotFound")
}

func TestDrillsOnOneServerWaitForEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.startWorker(t)
	slow := w.slow(t)
	other := w.drilled(t, "CREATE TABLE t AS SELECT 1 AS n")
	w.backup(t, slow.instance)
	w.backup(t, other)

	first := w.start(t, "drill", slow.Name)
	w.awaitRestore(t)
	others := []string{w.start(t, "drill", other.Name), w.start(t, "drill", slow.Name)}
	for _, id := range others {
		eventually(t, func() bool {
			return strings.HasPrefix(w.attributes(t, id)["PgvaultPhase"], "waiting for another drill")
		}, "%s does not wait", id)
	}
	require.Len(t, w.drillDatabases(t), 1)
	w.backup(t, slow.instance)
	slow.open(t)
	for _, id := range append(others, first) {
		require.NoError(t, w.awaitEnd(t, id))
		require.Empty(t, w.attributes(t, id)["PgvaultPhase"])
	}
	require.Empty(t, w.drillDatabases(t))
	require.Len(t, w.records(t, slow.instance), 2)
	require.Len(t, w.records(t, other), 1)
}

func TestADrillThatFailsLeavesARecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.startWorker(t)
	// A restore loads t before u, so that the check finds no row.
	failing := w.drilled(t, `CREATE TABLE u (n int); INSERT INTO u VALUES (1);
		CREATE FUNCTION in_u(i int) RETURNS bool LANGUAGE sql AS 'SELECT EXISTS (SELECT FROM public.u WHERE n = i) OR pg_catalog.current_database() NOT LIKE ''pgvault%'' ';
		CREATE TABLE t (n int CHECK (public.in_u(n + 1))); INSERT INTO t VALUES (1)`)
	w.backup(t, failing)
	w.failing(t, "UserErrorRestoreStatementFailed", "drill", failing.Name, "--wait")
	require.Empty(t, w.drillDatabases(t))
	require.Len(t, w.records(t, failing), 1)

	slow := w.slow(t)
	w.backup(t, slow.instance)
	id := w.start(t, "drill", slow.Name)
	w.awaitRestore(t)
	require.NoError(t, w.temporal.CancelWorkflow(t.Context(), id, ""))
	require.Error(t, w.awaitEnd(t, id))
	require.Equal(t, "cancelled", w.attributes(t, id)["PgvaultOutcome"])
	w.outcome(t, id, enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED, "drill_cancelled")
	w.outcome(t, drillRun(t), enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED, "drillrun_cancelled")
	require.Empty(t, w.drillDatabases(t))
	require.Len(t, w.records(t, slow.instance), 1)
}

// The worker is killed while it restores.
func TestWorkerKilledInADrill(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	first := w.startWorker(t)
	slow := w.slow(t)
	w.backup(t, slow.instance)
	id := w.start(t, "drill", slow.Name)
	w.awaitRestore(t)
	w.startWorker(t)
	first.kill(t)
	slow.open(t)
	require.NoError(t, w.awaitEnd(t, id))
	require.Empty(t, w.drillDatabases(t))
	require.Len(t, w.records(t, slow.instance), 1)
}

// What was restored is changed before it is compared.
func TestADrillOfATamperedRestore(t *testing.T) {
	t.Parallel()
	w, proxy := newGatedWorld(t)
	p := w.startWorker(t)
	i := w.drilled(t, "CREATE TABLE t AS SELECT n, 'row ' || n AS text FROM generate_series(1, 1000) n; CREATE INDEX of_text ON t (text); CREATE TABLE u AS SELECT 1 AS n")
	point := w.backup(t, i)
	held, release := hold(t, proxy, func(r *http.Request) bool {
		return r.Method == http.MethodGet && strings.HasPrefix(path.Base(r.URL.Path), "fingerprints-")
	})
	id := w.start(t, "drill", i.Name)
	await(t, held, p)
	databases := w.drillDatabases(t)
	require.Len(t, databases, 1)
	require.NoError(t, localenvtest.Scratch(t).Exec(t.Context(), databases[0], "UPDATE t SET text = 'other' WHERE n = 7; DROP INDEX of_text"))
	release()
	err := w.awaitEnd(t, id)
	require.ErrorContains(t, err, "recovery point "+point+" of "+i.Name+" was restored, and is not what was dumped")
	require.ErrorContains(t, err, "table public.t: ")
	require.ErrorContains(t, err, "of_text")
	require.NotContains(t, err.Error(), "public.u")
	require.Equal(t, "UserErrorDrillFailed", w.attributes(t, id)["PgvaultErrorCode"])
	w.outcome(t, id, enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, "drill_failed")
	w.outcome(t, drillRun(t), enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, "drillrun_failed")
	require.Empty(t, w.drillDatabases(t))
	require.Len(t, w.records(t, i), 1)
}

// The vault's first drill is terminated after its worker was killed, so that nobody
// drops the database but the next sweep.
func TestASweepDropsTheDatabaseOfADeadDrill(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	first := w.startWorker(t)
	i, slow := w.drilled(t, ""), w.slow(t)
	w.backup(t, i)
	w.backup(t, slow.instance)
	id := w.start(t, "drill", slow.Name)
	w.awaitRestore(t)
	w.ok(t, "sweep", "--wait")
	require.Len(t, w.drillDatabases(t), 1, "that of a running drill stays")

	first.kill(t)
	for _, workflow := range []string{id, drillRun(t)} {
		require.NoError(t, w.temporal.TerminateWorkflow(t.Context(), workflow, "", "the end of a test"))
	}
	slow.open(t)
	w.startWorker(t)
	require.Len(t, w.drillDatabases(t), 1)
	w.ok(t, "sweep", "--wait")
	require.Empty(t, w.drillDatabases(t))

	done := w.start(t, "drill", i.Name)
	require.NoError(t, w.awaitEnd(t, done))
	w.outcome(t, done, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, "drill_completed")
	w.outcome(t, drillRun(t), enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, "drillrun_completed")
}
