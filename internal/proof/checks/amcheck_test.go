package checks_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/proof/checks"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func amcheck(t *testing.T, r checks.Runner, a signin.Account, within time.Duration) proof.AMCheck {
	t.Helper()
	found, err := r.AMCheck(t.Context(), a, checks.Bounds{Connections: 2, Within: within}, meter())
	require.NoError(t, err)
	return found
}

// Each table has a primary key and an index. The text makes a TOAST table, which has an
// index too.
const sound = `CREATE SCHEMA shop;
	CREATE TABLE shop.orders (id int PRIMARY KEY, customer text);
	CREATE TABLE shop.lines (id int PRIMARY KEY, price numeric, notes point);
	CREATE INDEX ON shop.orders (lower(customer));
	CREATE INDEX ON shop.lines USING hash (price);
	CREATE INDEX ON shop.lines USING gist (notes);
	CREATE TABLE shop.parts (id int PRIMARY KEY) PARTITION BY RANGE (id);
	CREATE TABLE shop.parts_1 PARTITION OF shop.parts FOR VALUES FROM (0) TO (100);
	CREATE MATERIALIZED VIEW shop.names AS SELECT customer FROM shop.orders;
	INSERT INTO shop.orders SELECT i, 'customer ' || i FROM generate_series(1, 2000) i;
	INSERT INTO shop.lines SELECT i, i FROM generate_series(1, 2000) i;
	REFRESH MATERIALIZED VIEW shop.names;`

func TestAMCheckOfASoundDatabase(t *testing.T) {
	t.Parallel()
	r, a := ofSuperuser(t, sound)
	// Tables: orders, lines, parts_1, names, and the TOAST tables of all but parts_1.
	// B-trees: three primary keys, lower(customer), and one of each TOAST table.
	want := proof.AMCheck{Indexes: 7, Tables: 7}
	require.Equal(t, want, amcheck(t, r, a, time.Hour))
	require.Equal(t, want, amcheck(t, r, a, time.Hour), "the extension is there already")
}

// A function that its author calls immutable gives other values than those in the
// index, as a new version of a collation would.
func TestAMCheckNamesACorruptIndex(t *testing.T) {
	t.Parallel()
	r, a := ofSuperuser(t, `CREATE SCHEMA "My Shop";
		CREATE FUNCTION "My Shop".key(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RETURN $1; END$$;
		CREATE TABLE "My Shop".orders (id int PRIMARY KEY, customer text);
		INSERT INTO "My Shop".orders SELECT i, '`+canary+` ' || i FROM generate_series(1, 2000) i;
		CREATE INDEX "by Key" ON "My Shop".orders ("My Shop".key(customer));
		CREATE INDEX sound ON "My Shop".orders (customer);
		CREATE OR REPLACE FUNCTION "My Shop".key(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RETURN upper($1); END$$`)
	require.Equal(t, proof.AMCheck{Indexes: 4, Tables: 2, Corrupt: 1, Names: []string{"index My Shop.by Key"}}, amcheck(t, r, a, time.Hour))
}

// A page of a table is damaged on disk.
func TestAMCheckNamesACorruptTable(t *testing.T) {
	t.Parallel()
	p, err := localenv.StartPostgres(t.Context(), localenv.PostgresOptions{CA: localenvtest.CA(t)})
	require.NoError(t, err)
	defer p.Stop()
	require.NoError(t, p.Exec(t.Context(), "postgres", `CREATE TABLE public.orders AS SELECT i, i::text AS customer FROM generate_series(1, 2000) i`))
	conn, err := p.Connect(t.Context(), "postgres")
	require.NoError(t, err)
	path, err := one[string](t.Context(), conn, "SELECT pg_relation_filepath('public.orders')")
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	p.Halt()
	damage(t, filepath.Join(p.DataDir(), path))
	require.NoError(t, p.Start(t.Context()))

	r, a := ofCluster(p, "postgres", p.Superuser, p.Password)
	found := amcheck(t, r, a, time.Hour)
	require.Equal(t, proof.AMCheck{Indexes: 1, Tables: 2, Corrupt: 1, Names: []string{"table public.orders"}}, found)
}

// damage overwrites the header of the last row of the second page of a table, which
// lies behind the page's header and the pointers to its rows.
func damage(t *testing.T, file string) {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	const second = 8192
	upper := int(content[second+14]) | int(content[second+15])<<8
	for i := range 23 {
		content[second+upper+i] = 0xff
	}
	require.NoError(t, os.WriteFile(file, content, 0o600))
}

func TestAMCheckThatTheRoleMayNotUse(t *testing.T) {
	t.Parallel()
	r, a := ofOwner(t, "CREATE TABLE public.orders (id int PRIMARY KEY)")
	require.Equal(t, proof.AMCheck{Unavailable: "the role may not create the extension amcheck (SQLSTATE 42501)"}, amcheck(t, r, a, time.Hour))

	p := localenvtest.Postgres(t)
	require.NoError(t, p.Exec(t.Context(), a.Database, "CREATE EXTENSION amcheck SCHEMA public"))
	found := amcheck(t, r, a, time.Hour)
	require.Equal(t, proof.AMCheck{Unavailable: "the role may not call bt_index_check of the extension amcheck"}, found)
	require.Equal(t, []string{"amcheck: the role may not call bt_index_check of the extension amcheck"}, found.NotProven())

	user := query[string](t, "postgres", "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = $1", a.Database)
	require.NoError(t, p.Exec(t.Context(), a.Database, "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO "+user))
	require.Equal(t, proof.AMCheck{Indexes: 1, Tables: 1}, amcheck(t, r, a, time.Hour))
}

// A dump can replace the functions of an extension, and those would find nothing.
func TestAMCheckThatTheDatabaseReplaced(t *testing.T) {
	t.Parallel()
	r, a := ofSuperuser(t, `CREATE EXTENSION amcheck SCHEMA public;
		CREATE OR REPLACE FUNCTION public.bt_index_check(index regclass, heapallindexed boolean) RETURNS void LANGUAGE sql AS 'SELECT'`)
	require.Equal(t, proof.AMCheck{Unavailable: "the database's extension amcheck has no function bt_index_check of the server; its version may be old"}, amcheck(t, r, a, time.Hour))

	r, a = ofSuperuser(t, `CREATE EXTENSION amcheck SCHEMA public VERSION '1.0'`)
	require.Contains(t, amcheck(t, r, a, time.Hour).Unavailable, "its version may be old")

	r, a = ofSuperuser(t, `CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE '`+canary+`'; END$$;
		CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION public.refuse()`)
	require.Equal(t, proof.AMCheck{Unavailable: "the extension amcheck cannot be created (SQLSTATE P0001)"}, amcheck(t, r, a, time.Hour))
}

// A function of an index's expression raises errors, or runs without end.
func TestAMCheckOfHostileIndexes(t *testing.T) {
	t.Parallel()
	r, a := ofSuperuser(t, `CREATE TABLE public.t (i int);
		INSERT INTO public.t VALUES (1);
		CREATE FUNCTION public.raise(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RETURN $1; END$$;
		CREATE FUNCTION public.stay(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RETURN $1; END$$;
		CREATE INDEX raise ON public.t (public.raise(i));
		CREATE INDEX stay ON public.t (public.stay(i));
		CREATE OR REPLACE FUNCTION public.raise(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RAISE '`+canary+`'; END$$;
		CREATE OR REPLACE FUNCTION public.stay(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$BEGIN PERFORM pg_sleep(3600); RETURN 1; END$$`)
	found := amcheck(t, r, a, 5*time.Second)
	require.Zero(t, found.Corrupt)
	require.Equal(t, 2, found.Skipped)
	require.Equal(t, []string{"1 not checked: SQLSTATE 57014", "1 not checked: SQLSTATE P0001"}, found.Reasons)
	require.Equal(t, 1, found.Tables)

	found = amcheck(t, r, a, 0)
	require.Equal(t, proof.AMCheck{Skipped: 3, Reasons: []string{"3 not checked: the time for amcheck was over"}}, found)
}
