package restore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// data matches requests for data, which follow those for the table of contents.
func data(r *http.Request) bool {
	return r.Method == http.MethodGet && r.Header.Get("x-ms-range") != "" && r.Header.Get("x-ms-range")[:8] != "bytes=0-"
}

// sessions returns the number of a database's sessions.
func sessions(t *testing.T, database string) int {
	t.Helper()
	return sessionsThat(t, "true", database)
}

// sessionsThat returns the number of sessions that meet an SQL condition.
func sessionsThat(t *testing.T, condition, database string) (count int) {
	t.Helper()
	conn, err := localenvtest.Postgres(t).Connect(t.Context(), "postgres")
	require.NoError(t, err)
	defer conn.Close(context.Background())
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND "+condition, database).Scan(&count))
	return count
}

// begun starts a restore that is held before its first data.
func begun(ctx context.Context, t *testing.T) (job restore.Job, release func(), ended <-chan error) {
	t.Helper()
	dump, proxy := stored(t, dumpFile(t, source(t, "rich.sql"), true))
	r, job := target(t)
	held, release := proxy.Hold(data)
	t.Cleanup(release)
	end := make(chan error, 1)
	go func() {
		_, err := r.Load(ctx, job, dump, progress.NewMeter(time.Now, "connect"))
		end <- err
	}()
	<-held
	return job, release, end
}

func TestALostConnectionFailsTheAttempt(t *testing.T) {
	t.Parallel()
	job, release, ended := begun(t.Context(), t)
	require.Eventually(t, func() bool { return sessions(t, job.Unpublished) == restore.DefaultConnections }, time.Minute, 10*time.Millisecond)
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), "postgres",
		fmt.Sprintf("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'", job.Unpublished)))
	release()
	err := <-ended
	require.Equal(t, failure.ServerConnectionClosed, failure.CodeOf(err), "%v", err)
}

// A statement that was never refused may succeed in another attempt. It waits
// for a role of that name that another session is about to create.
func TestAConnectionLostOverRolesIsNoRefusal(t *testing.T) {
	t.Parallel()
	role := newRole(t)
	r, job := target(t)
	conn, err := localenvtest.Postgres(t).Connect(t.Context(), "postgres")
	require.NoError(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), "BEGIN; CREATE ROLE "+role)
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() {
		_, _, err := r.Roles(t.Context(), job, []byte("CREATE ROLE "+role+";\n"))
		ended <- err
	}()
	const waiting = "SELECT count(pg_terminate_backend(pid))::text FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query = $1"
	require.Eventually(t, func() bool { return query(t, waiting, "CREATE ROLE "+role+";") == "1" }, time.Minute, 10*time.Millisecond)
	err = <-ended
	require.Equal(t, failure.ServerConnectionClosed, failure.CodeOf(err), "%v", err)
}

func TestARestoreThatStallsIsGivenUp(t *testing.T) {
	t.Parallel()
	content := dumpFile(t, source(t, "rich.sql"), true)
	toc, err := archive.ReadTOC(bytes.NewReader(content))
	require.NoError(t, err)
	dump, proxy := stored(t, content)
	dump.TOCSize = toc.Size()
	r, job := target(t)
	r.StallTimeout = time.Second
	_, release := proxy.Hold(data)
	t.Cleanup(release)
	_, _, err = load(t, r, job, dump)
	require.Equal(t, failure.TransferStalled, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "no data has moved into database")
	require.Eventually(t, func() bool { return sessions(t, job.Unpublished) == 0 }, time.Minute, 10*time.Millisecond)
}

func TestACancelledRestoreLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("somebody said stop")
	job, _, ended := begun(ctx, t)
	cancel(reason)
	require.Error(t, <-ended)
	require.Eventually(t, func() bool { return sessions(t, job.Unpublished) == 0 }, time.Minute, 10*time.Millisecond)
}

// refusing returns a dump with a row that violates a constraint of its table.
func refusing(t *testing.T) restore.Dump {
	t.Helper()
	p, database := localenvtest.Postgres(t), localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), database, `CREATE TABLE good AS SELECT 1 AS one; CREATE TABLE bad (i int); INSERT INTO bad VALUES (10);
		CREATE FUNCTION picky(i int) RETURNS bool LANGUAGE sql AS 'SELECT i < 10';
		ALTER TABLE bad ADD CHECK (picky(i)) NOT VALID`))
	require.NoError(t, p.Exec(t.Context(), database, `UPDATE pg_constraint SET convalidated = true WHERE conrelid = 'bad'::regclass`))
	dump, _ := stored(t, dumpFile(t, database, true))
	return dump
}

func TestARowThatIsRefusedFailsTheRestore(t *testing.T) {
	t.Parallel()
	r, job := target(t)
	_, _, err := load(t, r, job, refusing(t))
	require.Equal(t, failure.RestoreStatement, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "TABLE DATA public.bad")
	require.ErrorContains(t, err, "violates check constraint")
	require.ErrorContains(t, err, `COPY "public"."bad"`)
}

// A function that raises the SQLSTATE of a lost connection loses none: another
// attempt would meet the same.
func TestAFunctionsStatesAreNotTheServers(t *testing.T) {
	t.Parallel()
	for _, state := range []string{"08006", "57P01", "53300", "28000"} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			p, database := localenvtest.Postgres(t), localenvtest.Database(t)
			require.NoError(t, p.Exec(t.Context(), database, fmt.Sprintf(`CREATE FUNCTION picky(i int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
				IF i = 10 THEN RAISE EXCEPTION 'row %%', i USING ERRCODE = '%s', DETAIL = 'row 11', HINT = 'row 12'; END IF; RETURN true; END $$;
				CREATE TABLE bad (i int); INSERT INTO bad VALUES (10);
				ALTER TABLE bad ADD CHECK (picky(i)) NOT VALID`, state)))
			require.NoError(t, p.Exec(t.Context(), database, `UPDATE pg_constraint SET convalidated = true WHERE conrelid = 'bad'::regclass`))
			dump, _ := stored(t, dumpFile(t, database, true))
			r, job := target(t)
			_, _, err := load(t, r, job, dump)
			require.Equal(t, failure.RestoreStatement, failure.CodeOf(err), "%v", err)
			require.ErrorContains(t, err, "TABLE DATA public.bad")
			require.NotContains(t, err.Error(), "row 1")
		})
	}
}

func TestAllThatCanBeRestoredIfItIsKept(t *testing.T) {
	t.Parallel()
	r, job := target(t)
	job.KeepFailed = true
	_, _, err := load(t, r, job, refusing(t))
	require.Equal(t, failure.RestoreStatement, failure.CodeOf(err), "%v", err)
	require.Contains(t, contents(t, job.Unpublished), "good 1 "+hashOfOne(t))
}

func hashOfOne(t *testing.T) (hash string) {
	t.Helper()
	conn, err := localenvtest.Postgres(t).Connect(t.Context(), "postgres")
	require.NoError(t, err)
	defer conn.Close(context.Background())
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT hashtextextended('(1)', 0)::text").Scan(&hash))
	return hash
}

func TestADamagedDumpIsToldFromARefusedRow(t *testing.T) {
	t.Parallel()
	content := dumpFile(t, source(t, "rich.sql"), true)
	dump, _ := stored(t, content[:len(content)-1000])
	r, job := target(t)
	_, _, err := load(t, r, job, dump)
	require.Equal(t, failure.VerificationFailed, failure.CodeOf(err), "%v", err)
}

// The archive claims to have two billion entries.
func TestATableOfContentsThatClaimsTooMuch(t *testing.T) {
	t.Parallel()
	head := append([]byte("PGDMP\x01\x0e\x00\x04\x08\x01"), make([]byte, 11*5)...)
	dump, _ := stored(t, append(head, 0, 0xff, 0xff, 0xff, 0x7f))
	r, job := target(t)
	_, _, err := load(t, r, job, dump)
	require.Equal(t, failure.VerificationFailed, failure.CodeOf(err), "%v", err)
	require.False(t, failure.CodeOf(err).Retryable())
	require.ErrorContains(t, err, "the stored dump is damaged, or of a database with far too many objects")
	require.ErrorContains(t, err, "table of contents is too large")
	require.ErrorContains(t, err, "restore it as files, and those with pg_restore")
}
