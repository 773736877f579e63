package e2e_test

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// drillable adds drills on a scratch server to an instance.
func (w *world) drillable(t *testing.T, i instance, scratch *localenv.Postgres, more ...string) instance {
	t.Helper()
	role, pw := "drill_"+strings.ToLower(rand.Text()[:8]), password()
	require.NoError(t, scratch.Exec(t.Context(), "postgres", fmt.Sprintf("CREATE ROLE %s LOGIN SUPERUSER PASSWORD '%s'", role, pw.Reveal())))
	secret := w.env.Azure.KeyVault.SetSecret(strings.ReplaceAll(role, "_", "-"), scratch.URI("postgres", role, pw))
	i.More = append(i.More, "drill:",
		fmt.Sprintf("  server: {host: '%s', port: %d}", scratch.Host, scratch.Port),
		"  signIn: {keyVaultSecret: '"+secret+"'}")
	for _, line := range more {
		i.More = append(i.More, "  "+line)
	}
	return i
}

// drilled is like protected, with drills on the shared scratch server.
func (w *world) drilled(t *testing.T, sql string, more ...string) instance {
	t.Helper()
	i := w.drillable(t, w.unprotected(t, sql), localenvtest.Scratch(t), more...)
	w.exec(t, i.Database, "GRANT pg_read_all_data TO "+i.user())
	w.apply(t, i)
	return i
}

// drillDatabases returns the names of the databases of drills on a server.
func drillDatabases(t *testing.T, p *localenv.Postgres) []string {
	t.Helper()
	conn, err := p.Connect(t.Context(), "postgres")
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	rows, err := conn.Query(t.Context(), "SELECT datname FROM pg_database WHERE starts_with(datname, 'pgvault_drill_')")
	require.NoError(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return names
}

func TestDrill(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.startWorker(t)
	i := w.drilled(t, "CREATE TABLE t AS SELECT n, 'row ' || n AS text FROM generate_series(1, 1000) n; ALTER TABLE t ADD PRIMARY KEY (n)")
	first := w.backup(t, i)
	w.exec(t, i.Database, "INSERT INTO t VALUES (0, 'later')")
	second := w.backup(t, i)

	scratch := localenvtest.Scratch(t)
	for choice, point := range map[string]string{"": second, "oldest": first, first: first} {
		args := []string{"drill", i.Name, "--wait"}
		if choice != "" {
			args = append(args, "--point", choice)
		}
		r := w.pgvault(t, args...)
		require.Zero(t, r.Code, r.Stdout+r.Stderr)
		require.Contains(t, r.Stdout, point)
		require.Equal(t, "completed", w.attributes(t, jobID(t, r))["PgvaultOutcome"])
		require.Empty(t, drillDatabases(t, scratch))
	}
	out := w.ok(t, "drill", i.Name, "--point", "random", "--wait")
	require.Contains(t, []string{first, second}, pointID.FindString(out))
	require.Empty(t, drillDatabases(t, scratch))
}
