package grants_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/grants"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestARoleMayAskAboutItself(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(t, `CREATE TABLE "Orders" (i int)`)
	p := localenvtest.Postgres(t)
	conn, err := postgres.Connect(t.Context(), postgres.Target{Host: p.Host, Port: p.Port, Database: b.database, User: b.role, Password: fixed(b.password)})
	require.NoError(t, err)
	defer conn.Close(t.Context())
	report, err := grants.Analyze(t.Context(), conn, b.role)
	require.NoError(t, err)
	require.Equal(t, b.analyze(t), report)
	err = grants.Apply(t.Context(), conn, report.SQL())
	require.Equal(t, failure.MissingRestorePermissions, failure.CodeOf(err))
	require.Contains(t, err.Error(), `GRANT SELECT ON TABLE "public"."Orders"`)
}

func TestAnUnknownRole(t *testing.T) {
	t.Parallel()
	_, err := grants.Analyze(t.Context(), setup(t).admin, `no "such" role`)
	require.Equal(t, failure.DBUserAuthFailed, failure.CodeOf(err))
}

// queries counts the queries of a connection.
type queries struct{ begun int }

func (q *queries) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	q.begun++
	return ctx
}

func (q *queries) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// There is one query for each kind, and the findings stay small enough for a
// workflow's history.
func TestManyObjects(t *testing.T) {
	t.Parallel()
	b := setup(t)
	config, asked := b.admin.Config(), &queries{}
	config.Tracer = asked
	conn, err := pgx.ConnectConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	b.admin = conn
	b.exec(t, `CREATE TABLE t0 (i int); SELECT lo_create(0)`)
	require.Len(t, b.analyze(t).Missing, 2)
	once := asked.begun
	require.Positive(t, once)
	b.exec(t, `DO $$ BEGIN FOR i IN 1..2999 LOOP EXECUTE format('CREATE TABLE t%s (i int)', i); PERFORM lo_create(0); END LOOP; END $$`)
	report := b.analyze(t)
	require.Equal(t, 2*once, asked.begun, "many objects take no more queries than two")
	require.Len(t, report.Missing, 6000)
	findings := report.Findings()
	require.Len(t, findings, 2)
	for _, f := range findings {
		require.Len(t, f.Objects, 200)
		require.Contains(t, f.Message, "3000 ")
		require.Contains(t, f.Message, "and 2990 more")
		require.Contains(t, f.Action, "-- and 2950 more")
		require.Less(t, len(fmt.Sprint(f)), 32<<10)
	}
	require.NoError(t, grants.Apply(t.Context(), b.admin, report.SQL()))
	require.True(t, b.analyze(t).Ready())
}

func TestApplyIsAllOrNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(t, "CREATE TABLE t (i int)")
	statements := append(b.analyze(t).SQL(), "GRANT SELECT ON TABLE gone TO "+b.role)
	require.ErrorContains(t, grants.Apply(t.Context(), b.admin, statements), "gone")
	require.False(t, b.analyze(t).Ready())
	require.True(t, strings.HasPrefix(statements[0], `GRANT SELECT ON TABLE "public"."t"`))
}

func TestFindingsBeforeAnySignIn(t *testing.T) {
	t.Parallel()
	r := grants.Report{Role: "r", Database: "d", ServerMajor: 13, Missing: []grants.Object{{Kind: grants.Table, Schema: "s", Name: `a"b`}}}
	require.Nil(t, r.ReadAllDataSQL(), "PostgreSQL 13 has no pg_read_all_data")
	require.Equal(t, []string{`GRANT SELECT ON TABLE "s"."a""b" TO "r"`}, r.SQL())
	require.Equal(t, failure.Finding{
		Check: "grants", Code: failure.MissingDBPermissions, Message: `user "r" lacks SELECT on table "s"."a""b" in database "d"`,
		Objects: []string{`"s"."a""b"`}, Action: `GRANT SELECT ON TABLE "s"."a""b" TO "r";`,
	}, r.Findings()[0])
}

func fixed(password secret.String) func(context.Context) (secret.String, error) {
	return func(context.Context) (secret.String, error) { return password, nil }
}

// The rights of the session's role count, as for pg_dump.
func TestTheRoleThatALoginTakesOn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	reader, _ := localenvtest.User(t)
	b.exec(t, "CREATE TABLE t (i int)", "ALTER ROLE $role NOINHERIT", "GRANT "+reader+" TO $role")
	require.Equal(t, []string{`GRANT SELECT ON TABLE "public"."t" TO "` + b.role + `"`}, b.analyze(t).SQL()[:1])
	b.exec(t, "ALTER ROLE $role SET role = '"+reader+"'")
	report := b.analyze(t)
	require.Equal(t, reader, report.Role)
	require.NoError(t, grants.Apply(t.Context(), b.admin, report.SQL()))
	require.True(t, b.analyze(t).Complete())
	require.NoError(t, b.dump(t))
	b.exec(t, "REVOKE CONNECT ON DATABASE "+b.database+" FROM public", "GRANT CONNECT ON DATABASE "+b.database+" TO "+reader)
	require.Equal(t, []string{`GRANT CONNECT ON DATABASE "` + b.database + `" TO "` + b.role + `"`}, b.analyze(t).SQL())
}

// A SQL_ASCII database has names of any bytes, and so have the statements that
// grant what is missing.
func TestNamesThatAreNoText(t *testing.T) {
	t.Parallel()
	p, database := localenvtest.Postgres(t), localenvtest.Unique()
	role, _ := localenvtest.User(t)
	require.NoError(t, p.Exec(t.Context(), "postgres", "CREATE DATABASE "+database+" TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'"))
	t.Cleanup(func() {
		require.NoError(t, p.Exec(context.Background(), "postgres", "DROP DATABASE "+database+" WITH (FORCE)"))
	})
	conn, err := postgres.Connect(t.Context(), postgres.Target{Host: p.Host, Port: p.Port, Database: database, User: p.Superuser, Password: fixed(p.Password)})
	require.NoError(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), `DO $$ BEGIN EXECUTE 'CREATE TABLE public.' || quote_ident(E'caf\351') || ' ()'; END $$`)
	require.NoError(t, err)
	report, err := grants.Analyze(t.Context(), conn, role)
	require.NoError(t, err)
	require.Equal(t, []grants.Object{{Kind: grants.Table, Schema: "public", Name: "caf\xe9"}}, report.Missing)
	require.NoError(t, grants.Apply(t.Context(), conn, report.SQL()))
	report, err = grants.Analyze(t.Context(), conn, role)
	require.NoError(t, err)
	require.True(t, report.Ready())
}
