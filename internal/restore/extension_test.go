package restore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// extensionFiles is an extension with configuration tables that refer to each
// other. CREATE EXTENSION fills them.
var extensionFiles = map[string]string{
	"pgvaultconf.control": "comment = 'configuration tables with foreign keys, and rows of its own'\ndefault_version = '1.0'\nrelocatable = true\n",
	"pgvaultconf--1.0.sql": `CREATE TABLE conf_group (name text PRIMARY KEY, own boolean DEFAULT true, note text);
INSERT INTO conf_group VALUES ('builtin', false, 'made by CREATE EXTENSION');
CREATE TABLE conf_a_member (id int, grp text REFERENCES conf_group, note text);
INSERT INTO conf_a_member VALUES (0, 'builtin', 'made by CREATE EXTENSION');
CREATE TABLE conf_big (id int PRIMARY KEY, own boolean DEFAULT true, next int REFERENCES conf_big, filler text);
INSERT INTO conf_big SELECT -i, false, NULL, 'made by CREATE EXTENSION' FROM generate_series(1, 100) i;
CREATE TABLE conf_all (i int);
SELECT pg_extension_config_dump('conf_group', 'WHERE own');
SELECT pg_extension_config_dump('conf_a_member', 'WHERE id > 0');
SELECT pg_extension_config_dump('conf_big', 'WHERE own');
SELECT pg_extension_config_dump('conf_all', '');
`,
}

// configured returns a database with rows in the extension's tables. A group
// has more rows than the table that refers to it, and a name that sorts after
// it.
func configured(t *testing.T) string {
	t.Helper()
	database := localenvtest.Database(t)
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), database, `CREATE EXTENSION pgvaultconf;
		CREATE TABLE after (id int PRIMARY KEY, grp text REFERENCES conf_group); CREATE TABLE a_first AS SELECT generate_series(1, 10) AS i;
		INSERT INTO conf_group SELECT 'g' || i, true, md5(i::text) || md5((i*7)::text) || md5((i*13)::text) FROM generate_series(1, 30000) i;
		INSERT INTO conf_a_member SELECT i, 'g' || (30001 - i), md5((i*3)::text) || md5((i*5)::text) FROM generate_series(1, 30000) i;
		INSERT INTO conf_big SELECT i, true, 40001 - i, md5(i::text) || md5((i*7)::text) || md5((i*13)::text) FROM generate_series(1, 40000) i;
		INSERT INTO conf_all VALUES (1); INSERT INTO after VALUES (1, 'g1')`))
	return database
}

func TestRowsOfExtensions(t *testing.T) {
	t.Parallel()
	from := configured(t)
	r, job := target(t)
	account := job.Account
	account.Database = from
	dump, _ := dumped(t, r, account)
	for _, connections := range []int{1, 4} {
		job.Connections = connections
		_, _, err := load(t, r, job, dump)
		require.NoError(t, err)
		same(t, from, job.Unpublished)
	}
}

func TestRowsAloneOfExtensions(t *testing.T) {
	t.Parallel()
	from := configured(t)
	dump, _ := stored(t, dumpFile(t, from, true))
	r, job := emptied(t, from)
	p := localenvtest.Postgres(t)
	require.NoError(t, p.Exec(t.Context(), job.Account.Database, "INSERT INTO conf_group VALUES ('mine'); INSERT INTO conf_all VALUES (7)"))
	_, err := loadRows(t, r, job, dump)
	require.Equal(t, failure.TargetTableNotEmpty, failure.CodeOf(err), "%v", err)
	remedy := `TRUNCATE "public"."conf_all"; DELETE FROM ONLY "public"."conf_group" WHERE own;`
	require.ErrorContains(t, err, remedy)
	require.NoError(t, p.Exec(t.Context(), job.Account.Database, remedy))
	_, err = loadRows(t, r, job, dump)
	require.NoError(t, err)
	require.Equal(t, contents(t, from), contents(t, job.Account.Database))
}

func TestAnExtensionsTableBySelection(t *testing.T) {
	t.Parallel()
	from := configured(t)
	dump, _ := stored(t, dumpFile(t, from, true))
	for _, wanted := range []selection.Request{{Tables: []string{"public.conf_big"}}, {Schemas: []string{"public"}}} {
		r, job := target(t)
		job.Wanted = wanted
		_, _, err := load(t, r, job, dump)
		require.NoError(t, err)
		require.Equal(t, of(contents(t, from), "conf_big"), of(contents(t, job.Unpublished), "conf_big"))
		require.Len(t, of(contents(t, job.Unpublished), "conf_big"), 1)
	}
}
