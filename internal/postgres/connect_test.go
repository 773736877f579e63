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

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestConnectPreparesTheSession(t *testing.T) {
	t.Parallel()
	p, database := localenvtest.Postgres(t), localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), "postgres", fmt.Sprintf(
		`ALTER DATABASE %[1]s SET statement_timeout = '20ms'; ALTER DATABASE %[1]s SET lock_timeout = '20ms'; ALTER DATABASE %[1]s SET search_path = evil`, database)))
	conn := connect(t, target(t, p, database))
	settings := map[string]string{}
	for _, name := range []string{"application_name", "statement_timeout", "lock_timeout", "idle_session_timeout", "search_path"} {
		var value string
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT current_setting($1)", name).Scan(&value))
		settings[name] = value
	}
	require.Equal(t, map[string]string{"application_name": "pgvault", "statement_timeout": "0", "lock_timeout": "0", "idle_session_timeout": "0", "search_path": "pg_catalog, pg_temp"}, settings)
	var encrypted bool
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").Scan(&encrypted))
	require.True(t, encrypted)
}

func TestConnectAsksForThePasswordEachTime(t *testing.T) {
	t.Parallel()
	p := localenvtest.Postgres(t)
	calls := 0
	to := target(t, p, "postgres")
	to.Password = func(context.Context) (secret.String, error) { calls++; return p.Password, nil }
	connect(t, to)
	connect(t, to)
	require.Equal(t, 2, calls)
	to.Password = func(context.Context) (secret.String, error) {
		return secret.String{}, failure.New(failure.InvalidSecret, "", "no such secret")
	}
	_, err := postgres.Connect(t.Context(), to)
	require.Equal(t, failure.InvalidSecret, failure.CodeOf(err))
}

func TestTLSModes(t *testing.T) {
	t.Parallel()
	p, ca := localenvtest.Postgres(t), localenvtest.CA(t).CertificateFile()
	stranger, err := localenv.NewCA(t.TempDir())
	require.NoError(t, err)
	for name, c := range map[string]struct {
		host string
		tls  postgres.TLS
		code failure.Code
	}{
		"the default trusts SSL_CERT_FILE":      {"localhost", postgres.TLS{}, ""},
		"verify-full by address":                {"127.0.0.1", postgres.TLS{RootCertificate: ca}, ""},
		"verify-full with a stranger's root":    {"localhost", postgres.TLS{RootCertificate: stranger.CertificateFile()}, failure.ServerCertificateInvalid},
		"verify-ca":                             {"localhost", postgres.TLS{Mode: postgres.VerifyCA}, ""},
		"verify-ca with a stranger's root":      {"localhost", postgres.TLS{Mode: postgres.VerifyCA, RootCertificate: stranger.CertificateFile()}, failure.ServerCertificateInvalid},
		"require checks nothing":                {"localhost", postgres.TLS{Mode: postgres.Require}, ""},
		"require with a root certificate does":  {"localhost", postgres.TLS{Mode: postgres.Require, RootCertificate: stranger.CertificateFile()}, failure.ServerCertificateInvalid},
		"disable":                               {"localhost", postgres.TLS{Mode: postgres.Disable}, ""},
		"an unknown mode":                       {"localhost", postgres.TLS{Mode: "prefer"}, failure.InvalidConfiguration},
		"a missing root certificate":            {"localhost", postgres.TLS{RootCertificate: filepath.Join(t.TempDir(), "none")}, failure.InvalidConfiguration},
		"a root certificate file without block": {"localhost", postgres.TLS{RootCertificate: "/dev/null"}, failure.InvalidConfiguration},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := target(t, p, "postgres")
			to.Host, to.TLS = c.host, c.tls
			conn, err := postgres.Connect(t.Context(), to)
			require.Equal(t, c.code, failure.CodeOf(err), "%v", err)
			check := postgres.CheckNetwork(t.Context(), to)
			require.Equal(t, c.code, failure.CodeOf(check), "%v", check)
			if err == nil {
				require.NoError(t, conn.Close(t.Context()))
			}
		})
	}
}

func TestCertificateErrorsNameTheCause(t *testing.T) {
	t.Parallel()
	ca := localenvtest.CA(t)
	expired, err := ca.Expired()
	require.NoError(t, err)
	other, err := ca.Issue([]string{"db.example.com"}, time.Now().AddDate(1, 0, 0))
	require.NoError(t, err)
	stranger, err := localenv.NewCA(t.TempDir())
	require.NoError(t, err)
	unknown, err := stranger.Server()
	require.NoError(t, err)
	for name, c := range map[string]struct {
		certificate localenv.Certificate
		want        []string
	}{
		"expired":           {expired, []string{"has expired", "valid from 20", "CN=localhost", "this worker's clock says 20", "NTP"}},
		"another name":      {other, []string{`not made out to "localhost" but to db.example.com`}},
		"unknown authority": {unknown, []string{"signed by an authority this worker does not know"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := localenv.StartPostgres(t.Context(), localenv.PostgresOptions{CA: ca, Certificate: c.certificate})
			require.NoError(t, err)
			t.Cleanup(p.Stop)
			to := target(t, p, "postgres")
			_, err = postgres.Connect(t.Context(), to)
			for _, err := range []error{err, postgres.CheckNetwork(t.Context(), to)} {
				require.Equal(t, failure.ServerCertificateInvalid, failure.CodeOf(err))
				require.Contains(t, err.Error(), fmt.Sprintf("localhost:%d", p.Port))
				for _, want := range c.want {
					require.Contains(t, err.Error(), want)
				}
			}
		})
	}
}

func TestSignInErrors(t *testing.T) {
	t.Parallel()
	p := localenvtest.Postgres(t)
	user, password := localenvtest.User(t)
	database, barred := localenvtest.Database(t), localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), "postgres", fmt.Sprintf(
		`REVOKE CONNECT ON DATABASE %s FROM PUBLIC; ALTER DATABASE %s ALLOW_CONNECTIONS false`, database, barred)))
	const canary = "c4n4ry-in-the-password"
	for name, c := range map[string]struct {
		change func(*postgres.Target)
		code   failure.Code
		want   string
	}{
		"wrong password":   {func(x *postgres.Target) { x.Password = fixed(secret.New(canary)) }, failure.DBUserAuthFailed, user},
		"wrong token":      {func(x *postgres.Target) { x.Password = fixed(secret.New(canary)); x.EntraToken = true }, failure.BackupUserAuthFailed, "pgaadauth_create_principal"},
		"unknown user":     {func(x *postgres.Target) { x.User = "no'body" }, failure.DBUserAuthFailed, `"no'body"`},
		"unknown database": {func(x *postgres.Target) { x.Database = "no such" }, failure.DBNotFound, `"no such"`},
		"no CONNECT":       {func(x *postgres.Target) { x.Database = database }, failure.MissingDBPermissions, fmt.Sprintf(`GRANT CONNECT ON DATABASE "%s" TO "%s";`, database, user)},
		"no connections":   {func(x *postgres.Target) { x.Database = barred }, failure.MissingDBPermissions, "ALLOW_CONNECTIONS true"},
		"unknown host":     {func(x *postgres.Target) { x.Host = "no-such-server.invalid" }, failure.MissingNetworkSecurityPermissions, `"no-such-server.invalid"`},
		"nothing listens":  {func(x *postgres.Target) { x.Port = closedPort(t) }, failure.ServerConnectionClosed, "refuses connections"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := target(t, p, "postgres")
			to.User, to.Password = user, fixed(password)
			c.change(&to)
			_, err := postgres.Connect(t.Context(), to)
			require.Equal(t, c.code, failure.CodeOf(err), "%v", err)
			require.Contains(t, err.Error(), c.want)
			// However it is printed, and however deep one looks.
			for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)} {
				require.NotContains(t, text, canary)
			}
			var leak *pgconn.ConnectError
			require.False(t, errors.As(err, &leak), "the connect error holds the password")
		})
	}
}

func TestTooManyConnectionsIsAFaultOfTheWorld(t *testing.T) {
	t.Parallel()
	p, database := localenvtest.Postgres(t), localenvtest.Database(t)
	user, password := localenvtest.User(t)
	require.NoError(t, p.Exec(t.Context(), "postgres", fmt.Sprintf(`ALTER ROLE %s CONNECTION LIMIT 0`, user)))
	to := target(t, p, database)
	to.User, to.Password = user, fixed(password)
	_, err := postgres.Connect(t.Context(), to)
	require.Equal(t, failure.ServerConnectionClosed, failure.CodeOf(err))
	require.True(t, failure.CodeOf(err).Retryable())
}

func TestAServerThatEndsTheSession(t *testing.T) {
	t.Parallel()
	p := localenvtest.Postgres(t)
	to := target(t, p, "postgres")
	conn := connect(t, to)
	require.NoError(t, p.Exec(t.Context(), "postgres", fmt.Sprintf("SELECT pg_terminate_backend(%d)", conn.PgConn().PID())))
	_, err := conn.Exec(t.Context(), "SELECT pg_sleep(60)")
	require.Equal(t, failure.ServerConnectionClosed, failure.CodeOf(postgres.Classify(err, to)), "%v", err)
}

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

// TestEnvironmentTakesNoPart connects in a process whose PG* variables all
// mislead.
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

// closedPort is a port that nothing listens on.
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
