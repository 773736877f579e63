package grants_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/grants"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestMain(m *testing.M) { localenvtest.Main(m) }

// bundle is a database with a role that dumps it.
type bundle struct {
	database string
	role     string
	password secret.String
	// admin is the superuser's connection to the database.
	admin *pgx.Conn
}

func setup(t *testing.T) bundle {
	t.Helper()
	p := localenvtest.Postgres(t)
	b := bundle{database: localenvtest.Database(t)}
	b.role, b.password = localenvtest.User(t)
	admin, err := p.Connect(t.Context(), b.database)
	require.NoError(t, err)
	t.Cleanup(func() { _ = admin.Close(context.Background()) })
	b.admin = admin
	return b
}

func (b bundle) exec(t *testing.T, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		_, err := b.admin.PgConn().Exec(t.Context(), strings.ReplaceAll(statement, "$role", b.role)).ReadAll()
		require.NoError(t, err, "%.80s", statement)
	}
}

func (b bundle) analyze(t *testing.T) grants.Report {
	t.Helper()
	report, err := grants.Analyze(t.Context(), b.admin, b.role)
	require.NoError(t, err)
	return report
}

// dump runs pg_dump as the role.
func (b bundle) dump(t *testing.T) error {
	t.Helper()
	p := localenvtest.Postgres(t)
	found, err := pgtools.Discover(t.Context(), []string{p.BinDir})
	require.NoError(t, err)
	child, err := pgtools.Start(t.Context(), pgtools.Command{
		Path: found[0].Path(pgtools.Dump), Args: pgtools.DumpArgs(time.Minute, "UTF8"),
		Target: postgres.Target{Host: p.Host, Port: p.Port, Database: b.database, User: b.role,
			Password: func(context.Context) (secret.String, error) { return b.password, nil }},
	})
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, child.Stdout())
	require.NoError(t, err)
	_, err = child.Wait()
	return err
}
