package pgtools_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
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
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// lockedDatabase is a database with a table that nobody can lock while the
// test lasts.
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

// waiting counts the children that wait for a lock in the database.
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

func TestErrorsOfTheRealPrograms(t *testing.T) {
	t.Parallel()
	p, tools := localenvtest.Postgres(t), installation(t)
	user, password := localenvtest.User(t)
	database := localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), database, `CREATE SCHEMA "closed schema"; CREATE TABLE "Odd table" (i int);`))
	policies := localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), policies, `CREATE TABLE rows (i int); ALTER TABLE rows ENABLE ROW LEVEL SECURITY; GRANT SELECT ON rows TO PUBLIC`))
	locked, _ := lockedDatabase(t)
	barred := localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), "postgres", "REVOKE CONNECT ON DATABASE "+barred+" FROM PUBLIC"))
	ca := localenvtest.CA(t)
	expired, err := ca.Expired()
	require.NoError(t, err)
	old, err := localenv.StartPostgres(t.Context(), localenv.PostgresOptions{CA: ca, Certificate: expired})
	require.NoError(t, err)
	t.Cleanup(old.Stop)
	stranger, err := localenv.NewCA(t.TempDir())
	require.NoError(t, err)
	const canary = "c4n4ry p4ssw0rd'x"
	for name, c := range map[string]struct {
		change func(*postgres.Target)
		code   failure.Code
		want   string
	}{
		"missing grant":       {func(x *postgres.Target) {}, failure.MissingDBPermissions, "table Odd table"},
		"row-level security":  {func(x *postgres.Target) { x.Database = policies }, failure.RowLevelSecurity, `"rows"`},
		"lock timeout":        {func(x *postgres.Target) { x.Database, x.User, x.Password = locked, p.Superuser, fixed(p.Password) }, failure.LockTimeout, locked},
		"wrong password":      {func(x *postgres.Target) { x.Password = fixed(secret.New(canary)) }, failure.DBUserAuthFailed, user},
		"wrong token":         {func(x *postgres.Target) { x.Password = fixed(secret.New(canary)); x.EntraToken = true }, failure.BackupUserAuthFailed, user},
		"no password":         {func(x *postgres.Target) { x.Password = fixed(secret.String{}) }, failure.DBUserAuthFailed, user},
		"unknown database":    {func(x *postgres.Target) { x.Database = "no such" }, failure.DBNotFound, "no such"},
		"no CONNECT":          {func(x *postgres.Target) { x.Database = barred }, failure.MissingDBPermissions, `GRANT CONNECT ON DATABASE "` + barred + `" TO "` + user + `";`},
		"unknown host":        {func(x *postgres.Target) { x.Host = "no-such-server.invalid" }, failure.MissingNetworkSecurityPermissions, "no-such-server.invalid"},
		"nothing listens":     {func(x *postgres.Target) { x.Port = 1 }, failure.ServerConnectionClosed, "Connection refused"},
		"expired certificate": {func(x *postgres.Target) { x.Port = old.Port }, failure.ServerCertificateInvalid, "certificate"},
		"unknown authority":   {func(x *postgres.Target) { x.TLS.RootCertificate = stranger.CertificateFile() }, failure.ServerCertificateInvalid, "certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := target(p, database)
			to.User, to.Password = user, fixed(password)
			c.change(&to)
			_, _, err := run(t.Context(), pgtools.Command{Path: tools.Path(pgtools.Dump), Args: pgtools.DumpArgs(300*time.Millisecond, "UTF8"), Target: to})
			require.Equal(t, c.code, failure.CodeOf(err), "%v", err)
			require.Contains(t, err.Error(), c.want)
			require.NotContains(t, err.Error(), canary)
			require.NotContains(t, err.Error(), password.Reveal())
			var exit *pgtools.ExitError
			require.ErrorAs(t, err, &exit)
			require.Equal(t, 1, exit.Code)
		})
	}
}

func TestTLSModesReachTheChild(t *testing.T) {
	t.Parallel()
	p, tools := localenvtest.Postgres(t), installation(t)
	for _, tls := range []postgres.TLS{
		{}, {Mode: postgres.VerifyCA}, {Mode: postgres.Require}, {Mode: postgres.Disable},
		{RootCertificate: localenvtest.CA(t).CertificateFile()}, {Mode: postgres.Require, RootCertificate: localenvtest.CA(t).CertificateFile()},
	} {
		to := target(p, "postgres")
		to.TLS = tls
		_, _, err := run(t.Context(), pgtools.Command{Path: tools.Path(pgtools.Dump), Args: pgtools.DumpArgs(time.Minute, "UTF8"), Target: to})
		require.NoError(t, err, tls)
	}
}

func TestAMissingProgramIsAnError(t *testing.T) {
	t.Parallel()
	_, err := pgtools.Start(t.Context(), pgtools.Command{Path: "/nonexistent/pg_dump", Target: target(localenvtest.Postgres(t), "x")})
	require.ErrorIs(t, err, os.ErrNotExist)
}

// TestOutputIsRedactedAndBounded runs a program that prints far too much, with
// passwords in it.
func TestOutputIsRedactedAndBounded(t *testing.T) {
	t.Parallel()
	const password = `p:w\d'1 %`
	script := filepath.Join(t.TempDir(), "pg_dump")
	require.NoError(t, os.WriteFile(script, []byte(`#!/bin/sh
cat >&2 <<'END'
first: it knows p:w\d'1 % and p%3Aw%5Cd%271+%25 and p\:w\\d'1 %
could not connect to postgresql://someone:c4n4ry@host:5432/db?x=y
CONNECTION 'host=h password=c4n4ry dbname=d' and password = 'c4n4ry x' and PWD=c4n4ry;
ALTER ROLE x PASSWORD 'c4n4ry''s'; OPTIONS (user 'x', "password" 'c4n4ry cut off
END
i=0; while [ $i -lt 3000 ]; do echo "warning $i ................................"; i=$((i+1)); done >&2
printf 'last, without a line break' >&2
exit $STATUS
`), 0o755))
	to := target(localenvtest.Postgres(t), "x")
	to.Password = fixed(secret.New(password))
	var all strings.Builder
	_, _, err := run(t.Context(), pgtools.Command{Path: script, Target: to, Stderr: &all, ExtraEnv: []string{"STATUS=3"}})
	require.Equal(t, failure.Internal, failure.CodeOf(err))
	_, result, errSuccess := run(t.Context(), pgtools.Command{Path: script, Target: to, ExtraEnv: []string{"STATUS=0"}})
	require.NoError(t, errSuccess)
	require.Len(t, result.Warnings, 100)
	require.Contains(t, err.Error(), "exit status 3")
	require.Contains(t, err.Error(), "first: it knows [redacted] and [redacted] and [redacted]")
	require.Contains(t, err.Error(), "lines left out")
	require.Contains(t, err.Error(), "last, without a line break")
	require.Less(t, len(err.Error()), 9<<10)
	require.Equal(t, 3005, strings.Count(all.String(), "\n"))
	for _, text := range []string{err.Error(), all.String(), strings.Join(result.Warnings, "\n")} {
		require.NotContains(t, text, "c4n4ry")
		require.NotContains(t, text, password)
	}
}

// parentVariable makes this program a parent that starts a pg_dump, says its
// process ID, and waits to be killed.
const parentVariable = "PGVAULT_TEST_PARENT"

func parent() {
	port, _ := strconv.Atoi(os.Getenv("PGVAULT_TEST_PORT"))
	child, err := pgtools.Start(context.Background(), pgtools.Command{
		Path: os.Getenv(parentVariable), Args: pgtools.DumpArgs(time.Hour, "UTF8"), ExtraEnv: pgtools.SessionEnv(14, postgres.QuickTimeout),
		Target: postgres.Target{
			Host: "localhost", Port: port, Database: os.Getenv("PGVAULT_TEST_DATABASE"), User: "postgres",
			Password: fixed(secret.New(os.Getenv("PGVAULT_TEST_PASSWORD"))),
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(child.PID())
	_, err = child.Wait()
	fmt.Println(err)
}

func TestAChildDiesWithItsParent(t *testing.T) {
	t.Parallel()
	database, admin := lockedDatabase(t)
	p := localenvtest.Postgres(t)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), parentVariable+"="+installation(t).Path(pgtools.Dump), "PGVAULT_TEST_PORT="+strconv.Itoa(p.Port),
		"PGVAULT_TEST_DATABASE="+database, "PGVAULT_TEST_PASSWORD="+p.Password.Reveal())
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err, line)
	require.Eventually(t, func() bool { return waiting(t, admin) == 1 }, time.Minute, 20*time.Millisecond)

	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	require.Eventually(t, func() bool { return gone(pid) }, time.Minute, 20*time.Millisecond)
	require.Eventually(t, func() bool { return waiting(t, admin) == 0 }, time.Minute, 100*time.Millisecond, "and its query ends, too")
}

// gone reports whether a process has ended; one that nobody has waited for yet
// has.
func gone(pid int) bool {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	return err != nil || strings.Contains(string(status), "State:\tZ")
}

// TestAChildsConnectionNoticesADarkNetwork looks at the sockets of a pg_dump that
// waits for a lock.
func TestAChildsConnectionNoticesADarkNetwork(t *testing.T) {
	t.Parallel()
	database, admin := lockedDatabase(t)
	child, err := pgtools.Start(t.Context(), pgtools.Command{
		Path: installation(t).Path(pgtools.Dump), Args: pgtools.DumpArgs(time.Hour, "UTF8"), Target: target(localenvtest.Postgres(t), database),
		ExtraEnv: pgtools.SessionEnv(15, postgres.QuickTimeout),
	})
	require.NoError(t, err)
	defer child.Stop()
	require.Eventually(t, func() bool { return waiting(t, admin) == 1 }, time.Minute, 20*time.Millisecond)
	var port int
	require.NoError(t, admin.QueryRow(t.Context(), `SELECT client_port FROM pg_stat_activity WHERE datname = current_database()
		AND application_name = 'pgvault' AND wait_event_type = 'Lock'`).Scan(&port))
	require.Eventually(t, func() bool { return len(localenvtest.Keepalives(t, port)) == 2 }, time.Minute, 20*time.Millisecond)
	for _, next := range localenvtest.Keepalives(t, port) {
		require.LessOrEqual(t, next, 30*time.Second)
	}
}
