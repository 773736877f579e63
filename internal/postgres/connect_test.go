package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/signin/whose"
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
		"wrong password": {func(x *postgres.Target) { x.Password = fixed(secret.New(canary)) }, failure.DBUserAuthFailed, user},
		"wrong token":    {func(x *postgres.Target) { x.Password = fixed(secret.New(canary)); x.EntraToken = true }, failure.BackupUserAuthFailed, "pgaadauth_create_principal"},
		"worker's token": {func(x *postgres.Target) { x.Password = fixed(secret.New(canary)); x.EntraToken = true }, failure.BackupUserAuthFailed, "must be that of the worker's identity"},
		"person's token": {func(x *postgres.Target) {
			x.Password, x.EntraToken, x.By = fixed(secret.New(canary)), true, whose.Person
		}, failure.BackupUserAuthFailed, "must be that of your own sign-in to Azure"},
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
			// In every format and at every depth.
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
