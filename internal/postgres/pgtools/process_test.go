package pgtools_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// lockedDatabase returns a database with a table that stays locked during the
// test.
func lockedDatabase(t *testing.T) (database string, admin *pgx.Conn) {
	t.Helper()
	p := localenvtest.Postgres(t)
	database = localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), database, `CREATE TABLE locked (i int)`))
	holder, err := p.Connect(t.Context(), database)
	require.NoError(t, err)
	_, err = holder.Exec(t.Context(), "BEGIN; LOCK TABLE locked IN ACCESS EXCLUSIVE MODE")
	require.NoError(t, err)
	t.Cleanup(func() { _ = holder.Close(context.Background()) })
	admin, err = p.Connect(t.Context(), database)
	require.NoError(t, err)
	t.Cleanup(func() { _ = admin.Close(context.Background()) })
	return database, admin
}

// waiting returns the number of children that wait for a lock in the database.
func waiting(t *testing.T, admin *pgx.Conn) int {
	t.Helper()
	var n int
	require.NoError(t, admin.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
		AND application_name = 'pgvault' AND wait_event_type = 'Lock'`).Scan(&n))
	return n
}

func TestDumpAndRestoreStream(t *testing.T) {
	t.Parallel()
	p, tools := localenvtest.Postgres(t), installation(t)
	source, restored := localenvtest.Database(t), localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), source, `CREATE TABLE t AS SELECT i, md5(i::text) AS m FROM generate_series(1, 200000) i`))

	archive, result, err := run(t.Context(), pgtools.Command{Path: tools.Path(pgtools.Dump), Args: pgtools.DumpArgs(time.Minute, "UTF8"), Target: target(p, source)})
	require.NoError(t, err)
	require.Empty(t, result.Warnings)
	require.True(t, bytes.HasPrefix(archive, []byte("PGDMP")))

	list, _, err := run(t.Context(), pgtools.Command{Path: tools.Path(pgtools.Restore), Args: pgtools.ListArgs(), Target: target(p, source), Stdin: bytes.NewReader(archive)})
	require.NoError(t, err)
	toc, err := pgtools.ParseTOC(list)
	require.NoError(t, err)
	require.Equal(t, []any{source, 1, 1, "CUSTOM", tools.Version}, []any{toc.Database, toc.Tables, toc.Data, toc.Format, strings.Fields(toc.ToolVersion)[0]})

	log := &pgtools.RestoreLog{}
	_, _, err = run(t.Context(), pgtools.Command{
		Path: tools.Path(pgtools.Restore), Args: pgtools.RestoreArgs(restored, pgtools.RestoreOptions{}),
		Target: target(p, "postgres"), Stdin: iotest.HalfReader(bytes.NewReader(archive)), Stderr: log,
	})
	harmless, err := log.Verdict(err)
	require.NoError(t, err)
	require.Empty(t, harmless)
	var count int
	conn, err := p.Connect(t.Context(), restored)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM t").Scan(&count))
	require.Equal(t, 200000, count)
}

func TestOddPasswordsSignIn(t *testing.T) {
	t.Parallel()
	p, tools := localenvtest.Postgres(t), installation(t)
	for i, password := range []string{`a:b\c`, `\`, `:`, `'"`, `#x`, ` blank `, `ünï`, `a%20b&c=d`, `*:*:*:*:x`} {
		user := fmt.Sprintf("odd_password_%d_%d", i, p.Port)
		require.NoError(t, p.Exec(t.Context(), "postgres", fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD %s", user, postgres.QuoteLiteral(password))))
		t.Cleanup(func() { require.NoError(t, p.Exec(context.Background(), "postgres", "DROP ROLE "+user)) })
		to := target(p, "postgres")
		to.User, to.Password = user, fixed(secret.New(password))
		_, _, err := run(t.Context(), pgtools.Command{Path: tools.Path(pgtools.DumpAll), Args: pgtools.RolesArgs("postgres", pgtools.AsSeen), Target: to})
		require.NoError(t, err, password)
	}
}

func TestOddDatabaseNames(t *testing.T) {
	t.Parallel()
	p, tools := localenvtest.Postgres(t), installation(t)
	for _, name := range []string{`a=b 'c' \d`, `postgres://evil:1/x`, `postgresql://x`, `Ünï "q"`, `host=evil`, `-x`} {
		require.NoError(t, p.Exec(t.Context(), "postgres", "CREATE DATABASE "+postgres.QuoteIdent(name)))
		t.Cleanup(func() {
			require.NoError(t, p.Exec(context.Background(), "postgres", "DROP DATABASE "+postgres.QuoteIdent(name)))
		})
		require.NoError(t, p.Exec(t.Context(), name, "CREATE TABLE only_here (i int)"))
		archive, _, err := run(t.Context(), pgtools.Command{Path: tools.Path(pgtools.Dump), Args: pgtools.DumpArgs(time.Minute, "UTF8"), Target: target(p, name)})
		require.NoError(t, err, name)
		require.Contains(t, string(archive), "only_here", name)
		roles, _, err := run(t.Context(), pgtools.Command{Path: tools.Path(pgtools.DumpAll), Args: pgtools.RolesArgs(name, pgtools.AsSeen), Target: target(p, name)})
		require.NoError(t, err, name)
		require.Contains(t, string(roles), `CREATE ROLE "postgres"`, name)
		require.NoError(t, p.Exec(t.Context(), name, "DROP TABLE only_here"))
		_, _, err = run(t.Context(), pgtools.Command{
			Path: tools.Path(pgtools.Restore), Args: pgtools.RestoreArgs(name, pgtools.RestoreOptions{}), Target: target(p, "postgres"), Stdin: bytes.NewReader(archive),
		})
		require.NoError(t, err, name)
		require.NoError(t, p.Exec(t.Context(), name, "TABLE only_here"), name)
	}
}

func TestNothingOfThePasswordShowsInProc(t *testing.T) {
	t.Parallel()
	database, admin := lockedDatabase(t)
	p, tools := localenvtest.Postgres(t), installation(t)
	child, err := pgtools.Start(t.Context(), pgtools.Command{
		Path: tools.Path(pgtools.Dump), Args: pgtools.DumpArgs(time.Hour, "UTF8"), Target: target(p, database), ExtraEnv: []string{"PGOPTIONS=-c work_mem=5MB"},
	})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return waiting(t, admin) == 1 }, time.Minute, 20*time.Millisecond)
	seen := map[string]string{}
	for _, file := range []string{"environ", "cmdline"} {
		content, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(child.PID()), file))
		require.NoError(t, err)
		require.NotContains(t, string(content), p.Password.Reveal())
		seen[file] = string(content)
	}
	names := []string{}
	for _, variable := range strings.Split(strings.TrimSuffix(seen["environ"], "\x00"), "\x00") {
		name, _, _ := strings.Cut(variable, "=")
		names = append(names, name)
	}
	require.Subset(t, []string{
		"PATH", "HOME", "TZ", "LD_LIBRARY_PATH", "PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGSSLMODE", "PGSSLROOTCERT",
		"PGPASSFILE", "PGSERVICEFILE", "PGSERVICE", "PGAPPNAME", "PGCONNECT_TIMEOUT", "PGGSSENCMODE", "LC_MESSAGES", "PGOPTIONS",
	}, names)
	_, err = admin.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
	require.NoError(t, err)
	_, err = child.Wait()
	require.Equal(t, failure.ServerConnectionClosed, failure.CodeOf(err), "%v", err)
	require.NotContains(t, err.Error(), p.Password.Reveal())
}

func TestCancellingEndsChildAndQuery(t *testing.T) {
	t.Parallel()
	database, admin := lockedDatabase(t)
	p, tools := localenvtest.Postgres(t), installation(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	child, err := pgtools.Start(ctx, pgtools.Command{Path: tools.Path(pgtools.Dump), Args: pgtools.DumpArgs(time.Hour, "UTF8"), Target: target(p, database)})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return waiting(t, admin) == 1 }, time.Minute, 20*time.Millisecond)
	stalled := failure.New(failure.TransferStalled, "", "no byte has moved for a while")
	cancel(stalled)
	_, err = child.Wait()
	require.ErrorIs(t, err, stalled)
	require.Equal(t, failure.TransferStalled, failure.CodeOf(err))
	require.Eventually(t, func() bool { return waiting(t, admin) == 0 }, time.Minute, 20*time.Millisecond)
	again, errAgain := child.Wait()
	require.Equal(t, err, errAgain, "Wait may be called again")
	require.Empty(t, again)
}

func TestAChildThatIgnoresSIGTERMIsKilled(t *testing.T) {
	t.Parallel()
	script := filepath.Join(t.TempDir(), "pg_dump")
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\ntrap '' TERM\necho ready\nwhile :; do sleep 1; done\n"), 0o755))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	child, err := pgtools.Start(ctx, pgtools.Command{Path: script, Target: target(localenvtest.Postgres(t), "x")})
	require.NoError(t, err)
	line, err := bufio.NewReader(child.Stdout()).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "ready\n", line)
	cancel()
	_, err = child.Wait()
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, syscall.Kill(child.PID(), 0), syscall.ESRCH)
}

func TestAReaderThatStopsEarlyIsNoSuccess(t *testing.T) {
	t.Parallel()
	p, tools := localenvtest.Postgres(t), installation(t)
	database := localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), database, `CREATE TABLE t AS SELECT md5(i::text) AS m FROM generate_series(1, 100000) i`))
	child, err := pgtools.Start(t.Context(), pgtools.Command{Path: tools.Path(pgtools.Dump), Args: pgtools.DumpArgs(time.Minute, "UTF8"), Target: target(p, database)})
	require.NoError(t, err)
	_, err = io.ReadFull(child.Stdout(), make([]byte, 10))
	require.NoError(t, err)
	_, err = child.Wait()
	require.Error(t, err)
	_, err = child.Stdout().Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrClosed, "and what is left of it does not look like an end")
}

// An abandoned child has its own error only if it had exited: otherwise the reader
// has closed its output.
func TestAnAbandonedChild(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, script := range map[string]string{"pg_failed": "echo text; echo 'pg_failed: error: no such thing' >&2; exit 1", "pg_endless": "while :; do echo text; done"} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755))
	}
	start := func(name string) *pgtools.Process {
		child, err := pgtools.Start(t.Context(), pgtools.Command{Path: filepath.Join(dir, name), Target: target(localenvtest.Postgres(t), "x")})
		require.NoError(t, err)
		return child
	}
	failed := start("pg_failed")
	_, err := io.Copy(io.Discard, failed.Stdout())
	require.NoError(t, err)
	require.ErrorContains(t, failed.Abandon(), "no such thing")

	endless := start("pg_endless")
	_, err = io.ReadFull(endless.Stdout(), make([]byte, 10))
	require.NoError(t, err)
	require.NoError(t, endless.Abandon())
	require.ErrorIs(t, syscall.Kill(endless.PID(), 0), syscall.ESRCH)
}

func TestABrokenInputIsTheError(t *testing.T) {
	t.Parallel()
	p, tools := localenvtest.Postgres(t), installation(t)
	archive, _, err := run(t.Context(), pgtools.Command{Path: tools.Path(pgtools.Dump), Args: pgtools.DumpArgs(time.Minute, "UTF8"), Target: target(p, "postgres")})
	require.NoError(t, err)
	broken := errors.New("the storage went away")
	_, _, err = run(t.Context(), pgtools.Command{
		Path: tools.Path(pgtools.Restore), Args: pgtools.ListArgs(), Target: target(p, "postgres"),
		Stdin: io.MultiReader(bytes.NewReader(archive[:50]), iotest.ErrReader(broken)),
	})
	require.ErrorIs(t, err, broken)
	_, _, err = run(t.Context(), pgtools.Command{Path: tools.Path(pgtools.Restore), Args: pgtools.ListArgs(), Target: target(p, "postgres"), Stdin: bytes.NewReader(archive[:50])})
	require.Error(t, err)
}
