package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// shadowedSQL has objects for every kind of statement that a backup or a
// restore runs.
const shadowedSQL = `
	CREATE TABLE customers (id int PRIMARY KEY, name text UNIQUE, CHECK (length(name) > 0));
	CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int REFERENCES customers, at timestamptz DEFAULT now());
	INSERT INTO customers SELECT n, 'n' || n FROM generate_series(1, 5000) n;
	INSERT INTO orders (customer) SELECT n FROM generate_series(1, 5000) n;
	CREATE INDEX ON customers (lower(name)) WHERE name <> 'n7';
	CREATE TABLE parts (k int, v text) PARTITION BY LIST (k);
	CREATE TABLE part_1 PARTITION OF parts FOR VALUES IN (1);
	INSERT INTO parts VALUES (1, 'a');
	CREATE MATERIALIZED VIEW totals AS SELECT customer, count(*) AS n FROM orders GROUP BY 1;
	CREATE FUNCTION loud() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
	CREATE TRIGGER loud BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION loud();
	CREATE TABLE closed (i int); ALTER TABLE closed ENABLE ROW LEVEL SECURITY;
	SELECT lo_from_bytea(0, 'short'), lo_from_bytea(0, decode(repeat('ab', 3000000), 'hex'));`

// The owner of a database puts another operator, function, type and relation
// before each of pg_catalog's. Then everything that signs in to the database is
// run.
func TestNothingOfADatabaseRunsInOurSessions(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.unprotected(t, shadowedSQL)
	localenvtest.Shadow(t, i.Database)
	w.apply(t, i)
	require.Contains(t, w.ok(t, "grants", i.Name), `"public"."orders"`)
	w.ok(t, "grants", i.Name, "--apply", "--admin-secret", w.administrator(t), "--admin-host", i.Host)
	w.exec(t, "postgres", "ALTER ROLE "+i.user()+" BYPASSRLS")
	w.ok(t, "validate", i.Name)
	w.backup(t, i)
	require.False(t, localenvtest.ShadowUsed(t, i.Database), "by a check or a backup")

	whole, some := i.Database+"_whole", i.Database+"_some"
	w.restore(t, i, w.administrator(t), whole, "--roles")
	require.False(t, localenvtest.ShadowUsed(t, whole), "by a restore")
	w.restore(t, i, w.administrator(t), some, "--table", "public.customers", "--table", "public.parts")
	w.exec(t, whole, "TRUNCATE public.customers, public.orders")
	w.ok(t, "restore", i.Name, "--to-server", w.server(), "--to-database", whole, "--secret", w.administrator(t), "--wait",
		"--data-only", "--table", "public.customers", "--table", "public.orders")
	require.False(t, localenvtest.ShadowUsed(t, whole), "by a restore of rows")
	const rows = "SELECT pg_catalog.count(*)::pg_catalog.text FROM public.customers"
	for _, database := range []string{whole, some} {
		require.Equal(t, "5000", w.query(t, database, rows))
	}
	require.Equal(t, "evil, pg_catalog", w.query(t, whole, "SHOW search_path"))
}
