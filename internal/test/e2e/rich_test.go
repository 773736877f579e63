package e2e_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rich creates a protected instance whose database has properties that are
// easily lost: a name that needs quoting, a locale of its own, an owner,
// grants, settings, a comment, large objects, row-level security, and more data
// than one block.
func (w *world) rich(t *testing.T) instance {
	t.Helper()
	i := w.unprotected(t, "")
	role, plain := i.user(), i.Database
	i.Database = `Shop "ü"='` + plain + `'; -- $x`
	w.dropLater(t, i.Database)
	names := strings.NewReplacer("{db}", quote(i.Database), "{owner}", "owner_"+plain, "{reader}", quote("Reader "+plain), "{backup}", role)
	// One at a time, since CREATE DATABASE cannot run in a transaction.
	for _, sql := range strings.Split(names.Replace(richDatabase), ";\n") {
		w.exec(t, "postgres", sql)
	}
	w.exec(t, i.Database, names.Replace(richContent))
	w.apply(t, i)
	return i
}

const richDatabase = `CREATE ROLE {owner};
CREATE ROLE {reader};
CREATE DATABASE {db} OWNER {owner} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'de-u-kn-true' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8';
REVOKE ALL ON DATABASE {db} FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE {db} TO {reader} WITH GRANT OPTION;
GRANT CONNECT ON DATABASE {db} TO {backup};
ALTER DATABASE {db} SET work_mem = '7MB';
ALTER DATABASE {db} SET search_path = "Odd Schema", public;
ALTER DATABASE {db} CONNECTION LIMIT 77;
ALTER ROLE {reader} IN DATABASE {db} SET statement_timeout = '5s';
COMMENT ON DATABASE {db} IS 'it''s the "shop" — groß';
GRANT pg_read_all_data TO {backup};
ALTER ROLE {backup} BYPASSRLS`

const richContent = `
CREATE SCHEMA "Odd Schema" AUTHORIZATION {owner};
SET ROLE {owner};
CREATE TYPE "Odd Schema".mood AS ENUM ('sad', 'so so', 'happy');
CREATE DOMAIN "Odd Schema".email AS text CHECK (VALUE LIKE '%@%');
CREATE TABLE "Odd Schema"."select ""x""; --" (
	"from" int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "Größe" text, mood "Odd Schema".mood, mail "Odd Schema".email);
INSERT INTO "Odd Schema"."select ""x""; --" ("Größe", mood, mail)
	SELECT E'tab\t, newline\n, backslash \\ and ' || n, 'so so', n || '@example.com' FROM generate_series(1, 500) n;
CREATE TABLE "Odd Schema".orders (id bigint, region text, filler text, ordered date) PARTITION BY LIST (region);
CREATE TABLE "Odd Schema".orders_eu PARTITION OF "Odd Schema".orders FOR VALUES IN ('eu');
CREATE TABLE "Odd Schema".orders_us PARTITION OF "Odd Schema".orders FOR VALUES IN ('us');
INSERT INTO "Odd Schema".orders
	SELECT n, CASE n % 2 WHEN 0 THEN 'eu' ELSE 'us' END, (SELECT string_agg(md5(n || '-' || k), '') FROM generate_series(1, 10) k), '2026-01-01'
	FROM generate_series(1, 60000) n;
ALTER TABLE "Odd Schema".orders ADD PRIMARY KEY (id, region);
CREATE VIEW "Odd Schema".totals AS SELECT region, count(*) AS n FROM "Odd Schema".orders GROUP BY region;
CREATE MATERIALIZED VIEW "Odd Schema".frozen AS SELECT * FROM "Odd Schema".totals;
CREATE FUNCTION "Odd Schema".total(text) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT n FROM "Odd Schema".totals WHERE region = $1';
CREATE SEQUENCE "Odd Schema"."Number" START 42;
SELECT nextval('"Odd Schema"."Number"');
CREATE TABLE "Odd Schema".private (id int, who text);
INSERT INTO "Odd Schema".private SELECT n, 'w' || n FROM generate_series(1, 100) n;
ALTER TABLE "Odd Schema".private ENABLE ROW LEVEL SECURITY;
ALTER TABLE "Odd Schema".private FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON "Odd Schema".private USING (who = current_user);
GRANT SELECT ON "Odd Schema".orders TO {reader};
GRANT SELECT ("from") ON "Odd Schema"."select ""x""; --" TO {reader};
ALTER DEFAULT PRIVILEGES IN SCHEMA "Odd Schema" GRANT SELECT ON TABLES TO {reader};
SELECT lo_from_bytea(0, decode(repeat('00ff10', 5000), 'hex'));
SELECT lo_from_bytea(0, 'a second one');
COMMENT ON TABLE "Odd Schema".private IS 'nobody''s business';
RESET ROLE;
DO $$ DECLARE lo oid; BEGIN FOR lo IN SELECT oid FROM pg_largeobject_metadata LOOP
	EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO {backup}', lo); END LOOP; END $$;
`

// withItself makes pg_dump write a database's own properties too.
const withItself = "--create"

// asText returns a database as pg_dump writes it, with owners and grants, and
// without its name.
func (w *world) asText(t *testing.T, database string, options ...string) []string {
	t.Helper()
	dump := w.stock(t, database, "pg_dump", append(options, "--quote-all-identifiers")...)
	var out, errs bytes.Buffer
	dump.Stdout, dump.Stderr = &out, &errs
	require.NoError(t, dump.Run(), errs.String())
	text := strings.NewReplacer(quote(database), "{db}", database, "{db}", strings.ReplaceAll(database, "'", `\'`), "{db}").Replace(out.String())
	var lines []string
	for line := range strings.Lines(text) {
		// Commands of psql have a random key, and need no quotes for a plain
		// name.
		if !strings.HasPrefix(line, `\restrict`) && !strings.HasPrefix(line, `\unrestrict`) && !strings.HasPrefix(line, `\connect`) {
			lines = append(lines, line)
		}
	}
	return lines
}

// sameLines compares without printing megabytes.
func sameLines(t *testing.T, want, have []string) {
	t.Helper()
	for n := range min(len(want), len(have)) {
		require.Equal(t, want[n], have[n], "line %d", n+1)
	}
	require.Len(t, have, len(want))
}

// stock returns a command of one of PostgreSQL's programs, signed in as the
// superuser.
func (w *world) stock(t *testing.T, database, program string, args ...string) *exec.Cmd {
	t.Helper()
	p := w.env.Postgres
	cmd := exec.CommandContext(t.Context(), filepath.Join(p.BinDir, program), args...)
	cmd.Env = []string{
		"PGHOST=" + p.Host, fmt.Sprintf("PGPORT=%d", p.Port), "PGUSER=" + p.Superuser, "PGPASSWORD=" + p.Password.Reveal(),
		"PGDATABASE=" + database, "PGSSLMODE=require", "PGSSLROOTCERT=/nonexistent", "LC_ALL=C.UTF-8",
	}
	return cmd
}
