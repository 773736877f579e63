package pgtools_test

import (
	"context"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestMain(m *testing.M) {
	if os.Getenv(parentVariable) != "" {
		parent()
		return
	}
	localenvtest.Main(m)
}

// installation returns the installation of the local servers.
func installation(t *testing.T) pgtools.Installation {
	t.Helper()
	found, err := pgtools.Discover(t.Context(), []string{localenvtest.Postgres(t).BinDir})
	require.NoError(t, err)
	require.Len(t, found, 1)
	return found[0]
}

// target returns a target for the superuser; SSL_CERT_FILE has the root
// certificate.
func target(p *localenv.Postgres, database string) postgres.Target {
	return postgres.Target{Host: p.Host, Port: p.Port, Database: database, User: p.Superuser, Password: fixed(p.Password)}
}

func fixed(password secret.String) func(context.Context) (secret.String, error) {
	return func(context.Context) (secret.String, error) { return password, nil }
}

// run runs a program to its end.
func run(ctx context.Context, c pgtools.Command) ([]byte, pgtools.Result, error) {
	p, err := pgtools.Start(ctx, c)
	if err != nil {
		return nil, pgtools.Result{}, err
	}
	out, readErr := io.ReadAll(p.Stdout())
	result, err := p.Wait()
	if err == nil {
		err = readErr
	}
	return out, result, err
}
