package pgtools_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

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

// The program prints far too much, with passwords in it.
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
DETAIL:  Key (name)=(a row) already exists.
CONTEXT:  SQL statement "SELECT 'a row'"
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
	require.Equal(t, 3007, strings.Count(all.String(), "\n"))
	require.NotContains(t, err.Error()+strings.Join(result.Warnings, "\n"), "a row")
	for _, text := range []string{err.Error(), all.String(), strings.Join(result.Warnings, "\n")} {
		require.NotContains(t, text, "c4n4ry")
		require.NotContains(t, text, password)
	}
}

// parentVariable makes this program a parent that starts a pg_dump, prints its
// process ID and waits to be killed.
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

// gone reports whether a process has ended, even if nobody has waited for it.
func gone(pid int) bool {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	return err != nil || strings.Contains(string(status), "State:\tZ")
}

// The test reads the options of the sockets of a pg_dump that waits for a lock.
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
