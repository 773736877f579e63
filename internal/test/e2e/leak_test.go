package e2e_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
)

// secretive is a database whose rows, keys, defaults, checks, policies, comments,
// settings and functions hold the data canaries. Its functions raise errors in
// every database but {db}.
const secretive = `
CREATE FUNCTION home() RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT pg_catalog.current_database() = '{db}' $$;
CREATE FUNCTION raised(t text, state text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
	IF NOT public.home() THEN RAISE EXCEPTION E'row %\nis bad', t USING ERRCODE = state, DETAIL = 'row ' || t, HINT = 'correct ' || t; END IF;
	RETURN 'Zanzibar Quail 7741'; END $$;
CREATE FUNCTION alike(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
	RETURN CASE WHEN public.home() THEN t ELSE 'Zanzibar Quail 7741' END; END $$;
CREATE FUNCTION parsed(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
	RETURN CASE WHEN public.home() THEN t ELSE t::json ->> 'a' END; END $$;
CREATE FUNCTION number(t text) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN public.home() THEN 1 ELSE t::int END $$;
CREATE FUNCTION warned(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
	RAISE WARNING 'row %', t; RAISE NOTICE 'row %', t; RETURN t; END $$;
CREATE FUNCTION is_valid(t text) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
	IF NOT public.home() THEN PERFORM t::int; END IF; RETURN true; END $$;
CREATE DOMAIN title AS text CHECK (public.raised(VALUE, 'P0001') <> '');
CREATE DOMAIN code AS text CHECK (public.is_valid(VALUE));
CREATE TABLE of_domain AS SELECT 'Zanzibar Quail 7741'::public.title AS n;
CREATE TABLE of_code AS SELECT 'Zanzibar Quail 7741'::public.code AS n;
CREATE TABLE checked (n text CHECK (public.home() OR n <> 'Zanzibar Quail 7741'), d text DEFAULT 'Zanzibar Quail 7741', i bigint DEFAULT 774177417741);
INSERT INTO checked VALUES ('Zanzibar Quail 7741');
CREATE TABLE rows AS SELECT 'Zanzibar Quail 7741' || CASE n WHEN 1 THEN '' ELSE n::text END AS t, 774177417741 + n AS i FROM generate_series(1, 3) n;
CREATE TABLE alike AS TABLE rows; CREATE UNIQUE INDEX ON alike (public.alike(t));
CREATE TABLE parsed AS TABLE rows; CREATE INDEX ON parsed (public.parsed(t));
CREATE TABLE number AS TABLE rows; CREATE INDEX ON number (public.number(t)) WHERE i > 774177417741;
CREATE TABLE warned AS TABLE rows; CREATE INDEX ON warned (public.warned(t), public.raised(t, 'P0001'));
CREATE TABLE of_22 AS TABLE rows; CREATE INDEX ON of_22 (public.raised(t, '22012'));
CREATE TABLE of_23 AS TABLE rows; CREATE INDEX ON of_23 (public.raised(t, '23505'));
CREATE TABLE of_42 AS TABLE rows; CREATE INDEX ON of_42 (public.raised(t, '42501'));
CREATE TABLE of_0a AS TABLE rows; CREATE INDEX ON of_0a (public.raised(t, '0A000'));
CREATE TABLE of_55 AS TABLE rows; CREATE INDEX ON of_55 (public.raised(t, '55000'));
CREATE TABLE of_57 AS TABLE rows; CREATE INDEX ON of_57 (public.raised(t, '57P01'));
CREATE TABLE of_08 AS TABLE rows; CREATE INDEX ON of_08 (public.raised(t, '08006'));
CREATE TABLE of_53 AS TABLE rows; CREATE INDEX ON of_53 (public.raised(t, '53300'));
CREATE TABLE of_zq AS TABLE rows; CREATE INDEX ON of_zq (public.raised(t, 'ZQ774'));
CREATE ROLE {ghost};
CREATE POLICY theirs ON rows TO {ghost} USING (i = 774177417741 OR t = 'Zanzibar Quail 7741');
COMMENT ON TABLE rows IS 'Zanzibar Quail 7741';
COMMENT ON DATABASE {db} IS 'Zanzibar Quail 7741';
ALTER TABLE of_domain OWNER TO {ghost};
ALTER DATABASE {db} SET default_tablespace = 'Zanzibar Quail 7741';
ALTER DATABASE {db} SET default_text_search_config = '"Zanzibar Quail 7741"';
ALTER DATABASE {db} SET dynamic_library_path = 'Zanzibar Quail 7741';
ALTER DATABASE {db} SET work_mem = '774177417kB';
ALTER ROLE {ghost} SET dynamic_library_path = 'Zanzibar Quail 7741';
ALTER ROLE {ghost} SET application_name = 'Zanzibar Quail 7741';
COMMENT ON ROLE {ghost} IS 'Zanzibar Quail 7741';
ALTER ROLE {ghost} IN DATABASE {db} SET dynamic_library_path = 'Zanzibar Quail 7741';
CREATE TABLE parent (n text PRIMARY KEY);
INSERT INTO parent VALUES ('Zanzibar Quail 7741');
CREATE TABLE child AS SELECT n FROM parent;
ALTER TABLE child ADD FOREIGN KEY (n) REFERENCES parent;
CREATE TABLE late AS SELECT n FROM parent;
ALTER TABLE late ADD FOREIGN KEY (n) REFERENCES parent DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE twice AS SELECT 'Zanzibar Quail 7741' AS n FROM generate_series(1, 2);
CREATE TABLE bound AS SELECT 'Zanzibar Quail 7741'::text AS n;
CREATE TABLE retyped AS SELECT 'Zanzibar Quail 7741'::text AS n;
GRANT pg_read_all_data TO {backup}`

// Whatever fails because of a database's content tells none of it: no history,
// listing, card, job record, metric or output has it. The worlds of all tests
// search for it when they end.
func TestFailedJobsTellNoData(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.startWorker(t)
	i := w.unprotected(t, "")
	ghost := "ghost_" + i.Database
	w.exec(t, i.Database, strings.NewReplacer("{db}", i.Database, "{ghost}", ghost, "{backup}", i.user()).Replace(secretive))
	w.apply(t, i)
	w.ok(t, "validate", i.Name)
	point := w.backup(t, i)
	require.Contains(t, string(w.download(t.Context(), t, pointsOf(i)+point+"/manifest.json")), dataCanaries[0], "the manifest has the settings")
	w.exec(t, i.Database, fmt.Sprintf("REASSIGN OWNED BY %[1]s TO postgres; DROP OWNED BY %[1]s; DROP ROLE %[1]s", ghost))

	admin, copied := w.administrator(t), i.Database+"_copy"
	w.dropLater(t, copied)
	into := func(database, secret string, more ...string) []string {
		return append([]string{"restore", i.Name, "--to-server", w.server(), "--to-database", database, "--secret", secret, "--wait"}, more...)
	}
	w.failing(t, "UserErrorMissingRestorePermissions", into(copied, admin)...)
	w.failing(t, "UserErrorRestoreStatementFailed", into(copied, admin, "--owners", "omit")...)
	for n, table := range []string{
		"of_domain", "of_code", "checked", "rows", "alike", "parsed", "number", "warned", "of_22", "of_23", "of_42", "of_0a", "of_55", "of_57", "of_08", "of_53", "of_zq",
	} {
		w.failing(t, "UserErrorRestoreStatementFailed", into(copied, admin, "--owners", "omit", "--table", "public."+table, "--connections", strconv.Itoa(1+n%2*3))...)
	}
	w.restoreByAnother(t, i, into)
	w.rowsThatDoNotFit(t, i, into, admin)
	w.damagedDump(t, i, point)
	w.searchCards(t)
}

// restoreByAnother restores as a role that may make neither the settings nor
// all of the roles.
func (w *world) restoreByAnother(t *testing.T, i instance, into func(string, string, ...string) []string) {
	t.Helper()
	name, pw := "maker_"+i.Database, password()
	w.exec(t, "postgres", fmt.Sprintf("CREATE ROLE %s LOGIN CREATEDB CREATEROLE PASSWORD '%s'", name, pw.Reveal()))
	secret := w.env.Azure.KeyVault.SetSecret("maker-"+i.Database, w.env.Postgres.URI("postgres", name, pw))
	made := i.Database + "_made"
	w.dropLater(t, made)
	told := w.ok(t, into(made, secret, "--roles", "--owners", "omit", "--grants", "omit", "--table", "public.parent")...)
	require.Contains(t, told, "dynamic_library_path")
}

// rowsThatDoNotFit restores rows into tables that refuse them.
func (w *world) rowsThatDoNotFit(t *testing.T, i instance, into func(string, string, ...string) []string, admin string) {
	t.Helper()
	w.exec(t, i.Database, `TRUNCATE parent, child, late, twice, bound, retyped, of_domain;
		CREATE UNIQUE INDEX ON twice (n);
		ALTER TABLE bound ADD CHECK (n <> 'Zanzibar Quail 7741');
		ALTER TABLE retyped ALTER n TYPE int USING 774177417;
		CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'row %', NEW USING ERRCODE = '23514'; END $$;
		CREATE CONSTRAINT TRIGGER refused AFTER INSERT ON of_domain DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse();
		CREATE FUNCTION altered() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'Zanzibar Quail 7741' USING DETAIL = 'Zanzibar'; END $$`)
	for _, table := range []string{"child", "late", "twice", "bound", "retyped"} {
		w.failing(t, "UserErrorRestoreStatementFailed", into(i.Database, admin, "--data-only", "--table", "public."+table)...)
	}
	w.exec(t, i.Database, "CREATE EVENT TRIGGER altered ON ddl_command_start EXECUTE FUNCTION altered()")
	w.failing(t, "UserErrorRestoreStatementFailed", into(i.Database, admin, "--data-only", "--table", "public.of_domain")...)
	w.exec(t, i.Database, "DROP EVENT TRIGGER altered")
}

// damagedDump verifies and restores wrong bytes.
func (w *world) damagedDump(t *testing.T, i instance, point string) {
	t.Helper()
	dump := w.dumpOf(t, i, point)
	content := w.download(t.Context(), t, dump)
	content[len(content)-100] ^= 1
	w.put(t, dump, content, w.metadata(t, dump))
	w.failing(t, "VerificationFailed", "verify", i.Name, "--wait")
}

// searchCards searches for the canaries in the status cards of all jobs and in
// what commands tell of them.
func (w *world) searchCards(t *testing.T) {
	t.Helper()
	page, err := w.temporal.ListWorkflow(context.Background(), &workflowservice.ListWorkflowExecutionsRequest{Namespace: w.namespace, PageSize: 1000})
	require.NoError(t, err)
	require.Greater(t, len(page.GetExecutions()), 10)
	for _, e := range page.GetExecutions() {
		id := e.GetExecution().GetWorkflowId()
		noData(t, "the card of "+id, []byte(w.card(t, id)))
		noData(t, "the description of "+id, text(t, w.described(t, id)))
	}
	w.ok(t, "jobs")
	w.ok(t, "points")
}
