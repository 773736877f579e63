package grants_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/postgres/grants"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// nasty has one of every object that pg_dump treats specially. The end of a
// name is the reason.
const nasty = `
	CREATE SCHEMA "Odd ""schema"" ünï
line";
	CREATE TABLE "Odd ""schema"" ünï
line"."Odd 'table'; -- " (i int);
	CREATE SEQUENCE "Odd ""schema"" ünï
line"."Odd ""sequence""";

	CREATE SCHEMA app; CREATE SCHEMA empty; CREATE SCHEMA only_views; CREATE SCHEMA only_types;
	CREATE TABLE app.plain (i int); INSERT INTO app.plain VALUES (1);
	CREATE TABLE app."UPPER" (i int);
	CREATE TABLE app.identity (i int GENERATED ALWAYS AS IDENTITY, s serial);
	CREATE TABLE app.parent (i int); CREATE TABLE app.child () INHERITS (app.parent);
	CREATE TABLE app.partitioned (i int) PARTITION BY RANGE (i);
	CREATE TABLE app.partition_1 PARTITION OF app.partitioned FOR VALUES FROM (0) TO (10);
	CREATE UNLOGGED TABLE app.unlogged (i int);
	CREATE TEMPORARY TABLE temporary (i int);
	CREATE VIEW only_views.v AS SELECT * FROM app.plain;
	CREATE MATERIALIZED VIEW only_views.m AS SELECT * FROM app.plain;
	CREATE TYPE only_types.e AS ENUM ('a'); CREATE TYPE only_types.c AS (i int); CREATE DOMAIN only_types.d AS int CHECK (value > 0);
	CREATE FUNCTION only_types.f(only_types.c) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';
	CREATE TABLE app.uses_types (a only_types.e, b only_types.d, CHECK (only_types.f(ROW(1)) = 1));
	CREATE INDEX ON app.uses_types ((only_types.f(ROW(b)))) WHERE b > 0;

	CREATE EXTENSION file_fdw; CREATE EXTENSION hstore;
	CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
	CREATE FOREIGN TABLE app.foreign_table (t text) SERVER files OPTIONS (filename '/nonexistent');

	-- An extension's tables and sequences, with and without data to be dumped.
	CREATE SCHEMA ext;
	CREATE TABLE ext.member (i int); CREATE TABLE ext.configuration (i int); CREATE SEQUENCE ext.member_sequence; CREATE SEQUENCE ext.configuration_sequence;
	ALTER EXTENSION hstore ADD TABLE ext.member; ALTER EXTENSION hstore ADD TABLE ext.configuration;
	ALTER EXTENSION hstore ADD SEQUENCE ext.member_sequence; ALTER EXTENSION hstore ADD SEQUENCE ext.configuration_sequence;
	UPDATE pg_extension SET extconfig = ARRAY['ext.configuration'::regclass::oid, 'ext.configuration_sequence'::regclass::oid], extcondition = ARRAY['', '']
		WHERE extname = 'hstore';

	CREATE TABLE app.rows_hidden (i int); ALTER TABLE app.rows_hidden ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON app.rows_hidden USING (i = 1);
	CREATE TABLE app.policies_off (i int); CREATE POLICY p ON app.policies_off USING (i = 1);

	SELECT lo_create(4711), lo_create(4712), lo_create(4713);
	GRANT SELECT ON LARGE OBJECT 4713 TO $role;
	REVOKE CONNECT ON DATABASE $database FROM PUBLIC;
	REVOKE ALL ON SCHEMA public FROM PUBLIC;
	CREATE TABLE public.granted (i int); GRANT SELECT ON public.granted TO $role`

func nastyDatabase(t *testing.T) bundle {
	t.Helper()
	b := setup(t)
	b.exec(t, strings.ReplaceAll(nasty, "$database", b.database))
	return b
}

func TestNastyDatabase(t *testing.T) {
	t.Parallel()
	b := nastyDatabase(t)
	require.Error(t, b.dump(t))

	report := b.analyze(t)
	require.False(t, report.Ready())
	require.Equal(t, []string{
		`CONNECT database ` + b.database,
		"schema Odd \"schema\" ünï\nline", "schema app", "schema ext", "schema public",
		"table Odd 'table'; -- ", "table UPPER", "table child", "table identity", "table parent", "table partition_1", "table partitioned",
		"table plain", "table policies_off", "table rows_hidden", "table unlogged", "table uses_types", "table configuration",
		`sequence Odd "sequence"`, "sequence identity_i_seq", "sequence identity_s_seq", "sequence configuration_sequence",
		"large object 4711", "large object 4712",
	}, describe(report.Missing))
	require.Equal(t, []grants.HiddenRows{{Schema: "app", Table: "rows_hidden", Owner: "postgres"}}, report.HiddenRows)
	require.Equal(t, []string{"schema empty", "schema only_types", "schema only_views"}, describe(report.EmptySchemas))

	require.NoError(t, grants.Apply(t.Context(), b.admin, report.SQL()))
	again := b.analyze(t)
	require.True(t, again.Complete(), "%+v", again)
	require.Empty(t, again.SQL())
	require.Empty(t, again.Findings())
	require.NoError(t, b.dump(t))
}

func describe(objects []grants.Object) []string {
	var all []string
	for _, o := range objects {
		text := fmt.Sprintf("%s %s", o.Kind, o.Name)
		if o.Kind == grants.Database {
			text = "CONNECT " + text
		}
		all = append(all, text)
	}
	return all
}

// Each grant is revoked in turn. Analyze must find exactly that one, and the
// real pg_dump must fail without it.
func TestEveryGrantCounts(t *testing.T) {
	t.Parallel()
	b := nastyDatabase(t)
	report := b.analyze(t)
	require.NoError(t, grants.Apply(t.Context(), b.admin, report.SQL()))
	needed := len(report.Missing)
	for i, statement := range report.SQL() {
		revoke := strings.NewReplacer("GRANT ", "REVOKE ", " TO ", " FROM ").Replace(statement)
		switch {
		case strings.HasSuffix(statement, " BYPASSRLS"):
			revoke = strings.Replace(statement, " BYPASSRLS", " NOBYPASSRLS", 1)
		case strings.HasPrefix(statement, "ALTER DEFAULT"):
			revoke = strings.NewReplacer("GRANT ", "REVOKE ", " TO ", " FROM ").Replace(statement)
		}
		b.exec(t, revoke)
		without := b.analyze(t)
		require.Equal(t, []string{statement}, without.SQL())
		if i < needed || strings.HasSuffix(statement, " BYPASSRLS") {
			require.Len(t, without.Findings(), 1, statement)
			require.NotEmpty(t, without.Findings()[0].Objects)
			require.Equal(t, statement+";", without.Findings()[0].Action)
			require.Error(t, b.dump(t), statement)
		} else {
			require.Empty(t, without.Findings(), statement)
			require.NoError(t, b.dump(t), statement)
		}
		require.NoError(t, grants.Apply(t.Context(), b.admin, without.SQL()))
	}
	require.NoError(t, b.dump(t))
}

func TestReadAllData(t *testing.T) {
	t.Parallel()
	b := nastyDatabase(t)
	for _, attribute := range []string{"INHERIT", "NOINHERIT"} {
		b.exec(t, "ALTER ROLE $role "+attribute)
		statements := b.analyze(t).ReadAllDataSQL()
		require.NotContains(t, strings.Join(statements, "\n"), "ON TABLE")
		require.Contains(t, statements, `GRANT SELECT ON LARGE OBJECT 4711 TO "`+b.role+`"`)
		require.NoError(t, grants.Apply(t.Context(), b.admin, statements))
		report := b.analyze(t)
		require.True(t, report.Complete(), "%+v", report)
		require.Empty(t, report.ReadAllDataSQL())
		require.NoError(t, b.dump(t))
		b.exec(t, "REVOKE pg_read_all_data FROM $role", "REVOKE ALL ON LARGE OBJECT 4711, 4712 FROM $role", "ALTER ROLE $role NOBYPASSRLS")
	}
}

func TestTomorrowsObjectsAreCovered(t *testing.T) {
	t.Parallel()
	b := setup(t)
	maker, _ := localenvtest.User(t)
	member, _ := localenvtest.User(t)
	creator, _ := localenvtest.User(t)
	b.exec(t,
		"CREATE SCHEMA app; GRANT CREATE, USAGE ON SCHEMA app TO "+creator+", "+maker+"; GRANT CREATE ON DATABASE "+b.database+" TO "+maker,
		"CREATE TABLE app.today (i int); ALTER TABLE app.today OWNER TO "+maker,
		"GRANT "+maker+" TO "+member)
	require.NoError(t, grants.Apply(t.Context(), b.admin, b.analyze(t).SQL()))
	require.NoError(t, b.dump(t))
	for i, role := range []string{maker, member, creator, "postgres"} {
		b.exec(t, fmt.Sprintf(`SET ROLE %s; CREATE TABLE app.tomorrow_%d (i serial); RESET ROLE`, role, i))
		require.Empty(t, b.analyze(t).SQL(), role)
		require.NoError(t, b.dump(t), role)
	}
	b.exec(t, "SET ROLE "+maker+"; CREATE SCHEMA new; CREATE TABLE new.tomorrow (i serial); RESET ROLE")
	require.Empty(t, b.analyze(t).SQL())
	require.NoError(t, b.dump(t))
}

// Privileges that the role has through membership, ownership or PUBLIC are not
// printed.
func TestOwnersAndMembersNeedLess(t *testing.T) {
	t.Parallel()
	b := setup(t)
	group, _ := localenvtest.User(t)
	b.exec(t, `CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO PUBLIC; CREATE TABLE app.public (i int); GRANT SELECT ON app.public TO PUBLIC`,
		"CREATE TABLE app.groups (i int); GRANT SELECT ON app.groups TO "+group+"; GRANT "+group+" TO $role",
		"CREATE TABLE app.own (i int); ALTER TABLE app.own OWNER TO $role; ALTER TABLE app.own ENABLE ROW LEVEL SECURITY",
		"SELECT lo_create(5001), lo_create(5002), lo_create(5003), lo_create(5004)",
		"ALTER LARGE OBJECT 5001 OWNER TO $role; ALTER LARGE OBJECT 5002 OWNER TO "+group+"; GRANT SELECT ON LARGE OBJECT 5003 TO PUBLIC; GRANT SELECT ON LARGE OBJECT 5004 TO "+group)
	require.True(t, b.analyze(t).Ready())
	require.NoError(t, b.dump(t))

	b.exec(t, "ALTER TABLE app.own FORCE ROW LEVEL SECURITY")
	findings := b.analyze(t).Findings()
	require.Len(t, findings, 1)
	require.Equal(t, "row security", findings[0].Check)
	require.Error(t, b.dump(t))

	b.exec(t, "ALTER ROLE $role SUPERUSER")
	require.True(t, b.analyze(t).Complete())
	require.NoError(t, b.dump(t))
}

func TestLargeObjectsOfOldUse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(t, "SELECT lo_create(6001)", "ALTER DATABASE "+b.database+" SET lo_compat_privileges = on", "SET lo_compat_privileges = on")
	require.True(t, b.analyze(t).Ready())
	require.NoError(t, b.dump(t))
}
