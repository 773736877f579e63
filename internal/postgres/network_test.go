package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestCancellingEndsTheStatementOnTheServer(t *testing.T) {
	t.Parallel()
	p := localenvtest.Postgres(t)
	conn := connect(t, target(t, p, "postgres"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	pid := conn.PgConn().PID()
	go func() {
		_, err := conn.Exec(ctx, "SELECT pg_sleep(600)")
		ended <- err
	}()
	watch := connect(t, target(t, p, "postgres"))
	sleeping := func() bool {
		var n int
		return watch.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND state = 'active'", pid).Scan(&n) == nil && n == 1
	}
	require.Eventually(t, sleeping, time.Minute, 20*time.Millisecond)
	cancel()
	err := <-ended
	require.Error(t, err)
	require.ErrorIs(t, postgres.Ended(ctx, err), context.Canceled)
	require.NoError(t, postgres.Ended(ctx, nil))
	require.NotErrorIs(t, postgres.Ended(t.Context(), err), context.Canceled)
	require.Eventually(t, func() bool { return !sleeping() }, time.Minute, 20*time.Millisecond)
}

func TestConnectGivesUpOnASilentServer(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = silent.Close() })
	to := target(t, localenvtest.Postgres(t), "postgres")
	to.Host, to.Port = "127.0.0.1", silent.Addr().(*net.TCPAddr).Port
	_, err = postgres.ConnectWithin(t.Context(), to, 200*time.Millisecond)
	require.Equal(t, failure.ServerConnectionClosed, failure.CodeOf(err), "%v", err)
	require.Contains(t, err.Error(), "did not answer within 200ms")

	ctx, cancel := context.WithCancelCause(t.Context())
	stopping := errors.New("the worker is stopping")
	cancel(stopping)
	_, err = postgres.Connect(ctx, to)
	require.ErrorIs(t, err, stopping)
	require.ErrorIs(t, postgres.CheckNetwork(ctx, to), stopping)
}

func TestAServerWithoutTLS(t *testing.T) {
	t.Parallel()
	p, err := localenv.StartPostgres(t.Context(), localenv.PostgresOptions{CA: localenvtest.CA(t)})
	require.NoError(t, err)
	t.Cleanup(p.Stop)
	require.NoError(t, p.Exec(t.Context(), "postgres", "ALTER SYSTEM SET ssl = off"))
	require.NoError(t, p.Exec(t.Context(), "postgres", "SELECT pg_reload_conf()"))
	to := target(t, p, "postgres")
	require.Eventually(t, func() bool {
		return failure.CodeOf(postgres.CheckNetwork(t.Context(), to)) == failure.ServerCertificateInvalid
	}, time.Minute, 20*time.Millisecond)
	_, err = postgres.Connect(t.Context(), to)
	require.Equal(t, failure.ServerCertificateInvalid, failure.CodeOf(err), "%v", err)
	require.Contains(t, err.Error(), "offers no TLS")
	to.TLS.Mode = postgres.Disable
	connect(t, to)
}

func TestNetworkFindingsNameTheStep(t *testing.T) {
	t.Parallel()
	to := target(t, localenvtest.Postgres(t), "postgres")
	for want, change := range map[string]func(*postgres.Target){
		"no server is known by the name": func(x *postgres.Target) { x.Host = "no-such-server.invalid" },
		"refuses connections":            func(x *postgres.Target) { x.Port = closedPort(t) },
	} {
		broken := to
		change(&broken)
		var e *failure.Error
		require.ErrorAs(t, postgres.CheckNetwork(t.Context(), broken), &e)
		require.Len(t, e.Findings, 1)
		require.Equal(t, "network", e.Findings[0].Check)
		require.Contains(t, e.Findings[0].Message, want)
		require.Equal(t, []string{broken.Server()}, e.Findings[0].Objects)
	}
}

// The process's PG* variables all have misleading values.
func TestEnvironmentTakesNoPart(t *testing.T) {
	t.Parallel()
	if os.Getenv("PGVAULT_TEST_CONNECT") != "" {
		connectFromEnvironment(t)
		return
	}
	p := localenvtest.Postgres(t)
	service := filepath.Join(t.TempDir(), "services")
	require.NoError(t, os.WriteFile(service, []byte("[evil]\nhost=evil\nsslmode=disable\nuser=evil\noptions=-c statement_timeout=1\n"), 0o600))
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestEnvironmentTakesNoPart$", "-test.v")
	cmd.Env = append(os.Environ(),
		"PGVAULT_TEST_CONNECT="+p.URI("postgres", p.Superuser, p.Password).Reveal(), "PGVAULT_TEST_ROOT="+localenvtest.CA(t).CertificateFile(),
		"PGHOST=evil", "PGPORT=1", "PGUSER=evil", "PGPASSWORD=evil", "PGDATABASE=evil", "PGSSLMODE=disable", "PGSSLROOTCERT=/nonexistent",
		"PGSSLCERT=/nonexistent", "PGSSLKEY=/nonexistent", "PGSSLCERTMODE=require", "PGOPTIONS=-c evil=1", "PGAPPNAME=evil", "PGTZ=Evil",
		"PGCONNECT_TIMEOUT=evil", "PGTARGETSESSIONATTRS=standby", "PGREQUIREAUTH=none", "PGCHANNELBINDING=evil", "PGSSLNEGOTIATION=direct",
		"PGMINPROTOCOLVERSION=9", "PGMAXPROTOCOLVERSION=9", "PGPASSFILE=/nonexistent", "PGSERVICE=evil", "PGSERVICEFILE="+service)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "connected as postgres")
}

func connectFromEnvironment(t *testing.T) {
	uri := os.Getenv("PGVAULT_TEST_CONNECT")
	password := strings.Split(strings.Split(uri, "@")[0], ":")[2]
	var port int
	_, err := fmt.Sscanf(strings.Split(strings.Split(uri, "@")[1], ":")[1], "%d/", &port)
	require.NoError(t, err)
	conn := connect(t, postgres.Target{
		Host: "localhost", Port: port, Database: "postgres", User: "postgres", Password: fixed(secret.New(password)),
		TLS: postgres.TLS{RootCertificate: os.Getenv("PGVAULT_TEST_ROOT")},
	})
	var user, options string
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT current_user, current_setting('evil', true) IS NULL").Scan(&user, new(bool)))
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT current_setting('application_name')").Scan(&options))
	require.Equal(t, postgres.ApplicationName, options)
	fmt.Println("connected as " + user)
}

// closedPort returns a port without a listener.
func closedPort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	port := l.Addr().(*net.TCPAddr).Port
	require.NoError(t, l.Close())
	return port
}

func TestNothingOfTheDatabaseRunsWhileTheSessionIsPrepared(t *testing.T) {
	t.Parallel()
	p, database := localenvtest.Postgres(t), localenvtest.Database(t)
	localenvtest.Shadow(t, database)
	admin := connect(t, target(t, p, database))
	var shadows int
	require.NoError(t, admin.QueryRow(t.Context(), `SELECT count(*) FROM pg_operator WHERE oprnamespace = 'evil'::regnamespace`).Scan(&shadows))
	require.Greater(t, shadows, 700)
	require.NoError(t, admin.QueryRow(t.Context(), `SELECT count(DISTINCT proname) FROM pg_proc WHERE pronamespace = 'evil'::regnamespace`).Scan(&shadows))
	require.Greater(t, shadows, 2000)
	_, err := postgres.ReadDatabase(t.Context(), admin)
	require.NoError(t, err)
	require.False(t, localenvtest.ShadowUsed(t, database))
	_, err = admin.Exec(t.Context(), "SET search_path = evil, pg_catalog")
	require.NoError(t, err)
	_, err = admin.Exec(t.Context(), "SELECT 'a'::text = 'b'::text")
	require.Error(t, err)
	require.True(t, localenvtest.ShadowUsed(t, database))
}
