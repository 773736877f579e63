package checks_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/proof/checks"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestMain(m *testing.M) { localenvtest.Main(m) }

// canary is in the texts of a stranger, and must be in no result.
const canary = "c4n4ry"

// pointTime is the time of the recovery point.
var pointTime = time.Date(2026, 11, 1, 6, 30, 0, 123456000, time.UTC)

// restored returns a database with objects that SQL creates, and the way of a role
// into it.
func restored(t *testing.T, user string, password secret.String, sql string) (checks.Runner, signin.Account) {
	t.Helper()
	p, database := localenvtest.Postgres(t), localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), "postgres", "ALTER DATABASE "+database+" OWNER TO "+user))
	require.NoError(t, p.Exec(t.Context(), database, sql))
	return ofCluster(p, database, user, password)
}

// ofCluster is the way of a role into a database.
func ofCluster(p *localenv.Postgres, database, user string, password secret.String) (checks.Runner, signin.Account) {
	return checks.Runner{Source: signintest.Given{Secret: p.URI("postgres", user, password)}, Now: time.Now}, signin.Account{
		Server:   instance.Server{Host: p.Host, Port: p.Port, TLS: instance.TLS{Mode: instance.TLSVerifyFull}},
		Database: database, SignIn: instance.SignIn{KeyVaultSecret: "https://vault.example/secrets/s"},
	}
}

// ofOwner is a database whose owner runs the checks, and ofSuperuser one whose checks
// a superuser runs.
func ofOwner(t *testing.T, sql string) (checks.Runner, signin.Account) {
	t.Helper()
	user, password := localenvtest.User(t)
	return restored(t, user, password, "SET ROLE "+user+"; "+sql)
}

func ofSuperuser(t *testing.T, sql string) (checks.Runner, signin.Account) {
	t.Helper()
	p := localenvtest.Postgres(t)
	return restored(t, p.Superuser, p.Password, sql)
}

func meter() *progress.Meter { return progress.NewMeter(time.Now, "test") }

// run runs statements as checks and returns the results without their times.
func run(t *testing.T, r checks.Runner, a signin.Account, timeout time.Duration, statements ...string) []proof.Check {
	t.Helper()
	var file checks.File
	for _, sql := range statements {
		file.Checks = append(file.Checks, checks.Check{Name: "check", SQL: sql, Timeout: timeout})
	}
	results, err := r.Run(t.Context(), a, file, pointTime, meter())
	require.NoError(t, err)
	for i, result := range results {
		require.Positive(t, result.Elapsed)
		require.NotContains(t, result.Reason+result.SQLState, canary)
		results[i].Elapsed = 0
	}
	return results
}

// query returns a value that the superuser reads.
func query[T any](t *testing.T, database, sql string, args ...any) T {
	t.Helper()
	conn, err := localenvtest.Postgres(t).Connect(t.Context(), database)
	require.NoError(t, err)
	defer conn.Close(context.WithoutCancel(t.Context()))
	value, err := one[T](t.Context(), conn, sql, args...)
	require.NoError(t, err)
	return value
}

func one[T any](ctx context.Context, conn *pgx.Conn, sql string, args ...any) (value T, err error) {
	return value, conn.QueryRow(ctx, sql, args...).Scan(&value)
}
