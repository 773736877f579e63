package restore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// Indexes that are made concurrently and then alter their table would deadlock.
func TestIndexesThatChangeTheirTable(t *testing.T) {
	t.Parallel()
	from := localenvtest.Database(t)
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), from, `CREATE FUNCTION lowered(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(t)';
		CREATE TABLE big (id bigint NOT NULL, a text NOT NULL, b text);
		INSERT INTO big SELECT i, md5(i::text), md5((i*7)::text) FROM generate_series(1, 150000) i;
		CREATE UNIQUE INDEX big_ident ON big (a); CREATE INDEX big_order ON big (b); CREATE INDEX big_more ON big (a); CREATE INDEX big_again ON big (b);
		ALTER TABLE big REPLICA IDENTITY USING INDEX big_ident; ALTER TABLE big CLUSTER ON big_order;
		CREATE TABLE other AS TABLE big;
		CREATE INDEX other_more ON other (lowered(a)); CREATE INDEX other_order ON other (lowered(b)); CREATE UNIQUE INDEX other_ident ON other (a, b);
		ALTER TABLE other ALTER a SET NOT NULL, ALTER b SET NOT NULL, REPLICA IDENTITY USING INDEX other_ident; ALTER TABLE other CLUSTER ON other_order`))
	dump, _ := stored(t, dumpFile(t, from, true))
	r, job := target(t)
	for range 3 {
		_, _, err := load(t, r, job, dump)
		require.NoError(t, err)
	}
	require.Equal(t, schema(t, from), schema(t, job.Unpublished))
}

// A single connection loads in the archive's order, in which a constraint that
// reads another table finds it loaded.
func TestOneConnectionKeepsTheArchivesOrder(t *testing.T) {
	t.Parallel()
	from := localenvtest.Database(t)
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), from, `CREATE TABLE a_lookup (code text PRIMARY KEY); INSERT INTO a_lookup SELECT 'c' || i FROM generate_series(1, 100) i;
		CREATE FUNCTION known(c text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN EXISTS (SELECT FROM public.a_lookup WHERE code = c); END $$;
		CREATE TABLE b_fact (id int, code text CHECK (known(code)), filler text);
		INSERT INTO b_fact SELECT i, 'c' || (1 + i % 100), md5(i::text) || md5((i*3)::text) || md5((i*5)::text) FROM generate_series(1, 40000) i`))
	dump, _ := stored(t, dumpFile(t, from, true))
	r, job := target(t)
	job.Connections = 1
	_, _, err := load(t, r, job, dump)
	require.NoError(t, err)
	require.Equal(t, contents(t, from), contents(t, job.Unpublished))
}

// An event trigger of the target refuses to disable the tables' triggers.
func TestRowsThatAnEventTriggerRefuses(t *testing.T) {
	t.Parallel()
	from := localenvtest.Database(t)
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), from, `CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a');
		CREATE FUNCTION tr() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.v = 'changed'; RETURN NEW; END $$; CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION tr()`))
	dump, _ := stored(t, dumpFile(t, from, true))
	for _, state := range []string{"P0001", "22012", "23514", "42883", "ZZ123"} {
		r, job := emptied(t, from)
		require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), job.Account.Database, `
			CREATE FUNCTION noalter() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no DDL on this server: %', tg_tag USING ERRCODE = '`+state+`'; END $$;
			CREATE EVENT TRIGGER nope ON ddl_command_start WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION noalter()`))
		_, err := loadRows(t, r, job, dump)
		require.Equal(t, failure.RestoreStatement, failure.CodeOf(err), "%v", err)
		require.ErrorContains(t, err, "the message is left out, since it may quote values (SQLSTATE "+state+") [PL/pgSQL function public.noalter() line 1 at RAISE]")
		require.ErrorContains(t, err, `DISABLE TRIGGER tr`)
		require.ErrorContains(t, err, "ALTER EVENT TRIGGER … DISABLE")
	}
}

// A statement that the server ends in favour of another is not the dump's
// fault.
func TestAStatementThatGivesWay(t *testing.T) {
	t.Parallel()
	p, from := localenvtest.Postgres(t), localenvtest.Database(t)
	const fails = `CREATE OR REPLACE FUNCTION fails(i int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END $$;`
	require.NoError(t, p.Exec(t.Context(), from, `CREATE FUNCTION fails(i int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
		CREATE TABLE t (i int); INSERT INTO t VALUES (1); CREATE INDEX i ON t (fails(i)); `+fails))
	dump, _ := stored(t, dumpFile(t, from, true))
	r, job := target(t)
	_, _, err := load(t, r, job, dump)
	require.Equal(t, failure.LockTimeout, failure.CodeOf(err), "%v", err)
}
