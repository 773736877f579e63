package restore_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestForeignKeysGetTheirComments(t *testing.T) {
	t.Parallel()
	const sql = `CREATE SCHEMA shop; CREATE TABLE shop.customers (id int PRIMARY KEY); INSERT INTO shop.customers VALUES (1);
		CREATE TABLE shop.bills (id int CONSTRAINT "k ""1""" REFERENCES shop.customers, customer int REFERENCES shop.customers); INSERT INTO shop.bills VALUES (1);
		COMMENT ON CONSTRAINT "k ""1""" ON shop.bills IS E'it''s\n\\ "x"; --'`
	for name, c := range map[string]struct {
		drop   string
		tables []string
	}{
		"one table":   {"DROP TABLE shop.bills", []string{"shop.bills"}},
		"both tables": {"DROP TABLE shop.bills, shop.customers", []string{"shop.bills", "shop.customers"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, job := existing(t, sql)
			before := schema(t, job.Account.Database)
			dump, _ := stored(t, dumpFile(t, job.Account.Database, true))
			run(t, job.Account.Database, c.drop)
			job.Wanted.Tables = c.tables
			notes, err := restoreInto(t, r, job, dump)
			require.NoError(t, err)
			require.Empty(t, notes)
			require.Equal(t, before, schema(t, job.Account.Database))
		})
	}
}

// The query of one fails. What the other reads is in the database.
func TestAMaterializedViewIsFilledAsItWas(t *testing.T) {
	t.Parallel()
	r, job := existing(t, `CREATE SCHEMA shop; CREATE TABLE shop.items (id int); INSERT INTO shop.items VALUES (0);
		CREATE MATERIALIZED VIEW shop.shares AS SELECT 1 / id FROM shop.items WITH NO DATA; CREATE MATERIALIZED VIEW shop.z AS SELECT id FROM shop.items;
		CREATE MATERIALIZED VIEW shop.a AS SELECT id FROM shop.z`)
	before, rows := schema(t, job.Account.Database), contents(t, job.Account.Database)
	dump, _ := stored(t, dumpFile(t, job.Account.Database, true))
	run(t, job.Account.Database, "DROP MATERIALIZED VIEW shop.shares, shop.z, shop.a")
	job.Wanted.Tables = []string{"shop.shares", "shop.a", "shop.z"}
	_, err := restoreInto(t, r, job, dump)
	require.NoError(t, err)
	require.Equal(t, before, schema(t, job.Account.Database))
	require.Equal(t, rows, contents(t, job.Account.Database))
}

// Its rows would be added to those of the table that the extension has made.
func TestATableOfAnExtensionIsRefused(t *testing.T) {
	t.Parallel()
	r, job := existing(t, `CREATE SCHEMA ext; CREATE EXTENSION pgvaultconf SCHEMA ext; INSERT INTO ext.conf_group VALUES ('mine', true, 'x'); CREATE TABLE ext.other (id int)`)
	rows := contents(t, job.Account.Database)
	dump, _ := stored(t, dumpFile(t, job.Account.Database, true))
	run(t, job.Account.Database, "DROP TABLE ext.other")
	for _, tables := range [][]string{{"ext.conf_group"}, {"ext.other", "ext.conf_group"}} {
		job.Wanted.Tables = tables
		_, err := restoreInto(t, r, job, dump)
		require.Equal(t, failure.InvalidInput, failure.CodeOf(err), "%v", err)
		require.ErrorContains(t, err, `"ext"."conf_group" belongs to an extension`)
	}
	require.Equal(t, of(rows, "ext.conf_group"), of(contents(t, job.Account.Database), "ext.conf_group"))
}

func TestAPublicationThatHadATableIsNoted(t *testing.T) {
	t.Parallel()
	r, job := existing(t, simple+"; CREATE PUBLICATION p FOR TABLE shop.items WHERE (id > 7)")
	dump, _ := stored(t, dumpFile(t, job.Account.Database, true))
	job.Wanted.Tables, job.Into.Schema = []string{"shop.items"}, "beside"
	notes, err := restoreInto(t, r, job, dump)
	require.NoError(t, err)
	require.NotContains(t, strings.Join(notes, "\n"), "publication")
	run(t, job.Account.Database, "DROP TABLE shop.items")
	job.Into.Schema = ""
	notes, err = restoreInto(t, r, job, dump)
	require.NoError(t, err)
	require.Len(t, notes, 1)
	require.Contains(t, notes[0], `ALTER PUBLICATION "p" ADD TABLE ONLY "shop"."items"`)
}

func TestAPartitionedTableWithoutPartitionsGetsItsKey(t *testing.T) {
	t.Parallel()
	r, job := existing(t, `CREATE SCHEMA shop; CREATE TABLE shop.customers (id int PRIMARY KEY);
		CREATE TABLE shop.orders (customer int REFERENCES shop.customers) PARTITION BY RANGE (customer)`)
	before := schema(t, job.Account.Database)
	dump, _ := stored(t, dumpFile(t, job.Account.Database, true))
	run(t, job.Account.Database, "DROP TABLE shop.orders")
	job.Wanted.Tables = []string{"shop.orders"}
	notes, err := restoreInto(t, r, job, dump)
	require.NoError(t, err)
	require.Empty(t, notes)
	require.Equal(t, before, schema(t, job.Account.Database))
}

func TestATypeInTheWayOfATablesArrayTypeIsNamed(t *testing.T) {
	t.Parallel()
	r, job := existing(t, simple)
	dump, _ := stored(t, dumpFile(t, job.Account.Database, true))
	run(t, job.Account.Database, "DROP TABLE shop.items; CREATE DOMAIN shop._items AS int")
	job.Wanted.Tables = []string{"shop.items"}
	_, err := restoreInto(t, r, job, dump)
	require.Equal(t, failure.TargetTableExists, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, `"shop"."_items"`)
}

func TestAMissingTablespaceIsNamed(t *testing.T) {
	t.Parallel()
	r, job := existing(t, simple)
	conn, err := localenvtest.Postgres(t).Connect(t.Context(), job.Account.Database)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	space := localenvtest.Unique()
	for _, sql := range []string{"SET allow_in_place_tablespaces = on", "CREATE TABLESPACE " + space + " LOCATION ''", "ALTER TABLE shop.items SET TABLESPACE " + space} {
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	dump, _ := stored(t, dumpFile(t, job.Account.Database, true))
	for _, sql := range []string{"DROP TABLE shop.items", "DROP TABLESPACE " + space} {
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	job.Wanted.Tables = []string{"shop.items"}
	_, err = restoreInto(t, r, job, dump)
	require.Equal(t, failure.TargetObjectNotFound, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, `tablespace "`+space+`"`)
}
