package postgres_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestMain(m *testing.M) { localenvtest.Main(m) }

// target returns a server's target for its superuser, with the local authority
// as root certificate.
func target(t *testing.T, p *localenv.Postgres, database string) postgres.Target {
	t.Helper()
	return postgres.Target{
		Host: p.Host, Port: p.Port, Database: database, User: p.Superuser,
		TLS:      postgres.TLS{RootCertificate: localenvtest.CA(t).CertificateFile()},
		Password: fixed(p.Password),
	}
}

func fixed(password secret.String) func(context.Context) (secret.String, error) {
	return func(context.Context) (secret.String, error) { return password, nil }
}

// connect opens a connection for the test.
func connect(t *testing.T, target postgres.Target) *pgx.Conn {
	t.Helper()
	conn, err := postgres.Connect(t.Context(), target)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func run(t *testing.T, conn *pgx.Conn, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		_, err := conn.Exec(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

// one returns the single value of a query.
func one(t *testing.T, conn *pgx.Conn, query string, args ...any) string {
	t.Helper()
	var value string
	require.NoError(t, conn.QueryRow(t.Context(), query, args...).Scan(&value))
	return value
}
