package restore_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/selection"
)

// emptied is a copy of a database's definitions, and a job to load rows into it.
func emptied(t *testing.T, from string) (restore.Restorer, restore.Job) {
	t.Helper()
	definitions := stock(t, from, "pg_dump", "--schema-only", "--restrict-key=k")
	r, job := target(t)
	job.Account.Database, job.Unpublished = job.Unpublished, ""
	p := localenvtest.Postgres(t)
	conn, err := p.Connect(t.Context(), job.Account.Database)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	// What psql alone understands is the first and the last line.
	_, err = conn.Exec(t.Context(), psqlFree(definitions))
	require.NoError(t, err)
	job.Wanted.Content = selection.Data
	return r, job
}

func loadRows(t *testing.T, r restore.Restorer, job restore.Job, dump restore.Dump) (restore.Loaded, error) {
	t.Helper()
	if err := r.CheckTarget(t.Context(), job, dump); err != nil {
		return restore.Loaded{}, err
	}
	return r.LoadRows(t.Context(), job, dump, progress.NewMeter(time.Now, "connect"))
}

func TestRowsIntoTablesThatExist(t *testing.T) {
	t.Parallel()
	from := source(t, "rich.sql")
	p := localenvtest.Postgres(t)
	// Neither the order of the tables' names nor of their making is that of the keys.
	require.NoError(t, p.Exec(t.Context(), from, `CREATE TABLE shop.a_first (customer int REFERENCES shop.customers, self int);
		CREATE TABLE shop.zz (id int PRIMARY KEY); INSERT INTO shop.zz VALUES (1);
		ALTER TABLE shop.a_first ADD FOREIGN KEY (self) REFERENCES shop.zz;
		INSERT INTO shop.a_first VALUES (7, 1); ALTER TABLE shop.customers ENABLE ALWAYS TRIGGER touch; UPDATE shop.customers SET note = 'x'`))
	for _, offsets := range []bool{true, false} {
		dump, _ := stored(t, dumpFile(t, from, offsets))
		r, job := emptied(t, from)
		before := schema(t, job.Account.Database)
		// A trigger that fired would change this.
		require.NoError(t, p.Exec(t.Context(), job.Account.Database, `CREATE OR REPLACE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'it fired'; END $$`))
		job.Wanted.Schemas = []string{"shop", "Odd Schema"}
		_, err := loadRows(t, r, job, dump)
		require.NoError(t, err)
		tables := []string{"shop.customers", "shop.customers_id_seq", "shop.orders_eu", "shop.orders_us", "shop.a_first", `"Odd Schema".child`, `"Odd Schema"."Number"`}
		require.Equal(t, of(contents(t, from), tables...), of(contents(t, job.Account.Database), tables...))
		require.NoError(t, p.Exec(t.Context(), job.Account.Database, `CREATE OR REPLACE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := 'touched'; RETURN NEW; END $$`))
		require.Len(t, schema(t, job.Account.Database), len(before))
		require.Equal(t, before, schema(t, job.Account.Database), "triggers are as they were")
	}
}

func TestRowsAreAllThereOrNone(t *testing.T) {
	t.Parallel()
	from := source(t, "rich.sql")
	dump, _ := stored(t, dumpFile(t, from, true))
	r, job := emptied(t, from)
	// Orders without the customers that they refer to.
	job.Wanted.Tables = []string{"shop.orders", `"Odd Schema".child`}
	_, err := loadRows(t, r, job, dump)
	require.Equal(t, failure.RestoreStatement, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, `is not present in table "customers"`)
	require.Contains(t, contents(t, job.Account.Database), `"Odd Schema".child 0 0`)
}

func TestRowsThatAreThereAreNotTouched(t *testing.T) {
	t.Parallel()
	p, from := localenvtest.Postgres(t), source(t, "rich.sql")
	dump, _ := stored(t, dumpFile(t, from, true))
	r, job := emptied(t, from)
	require.NoError(t, p.Exec(t.Context(), job.Account.Database, `INSERT INTO "Odd Schema".child VALUES (5, 5)`))
	job.Wanted.Tables = []string{`"Odd Schema"."child"`}
	_, err := loadRows(t, r, job, dump)
	require.Equal(t, failure.TargetTableNotEmpty, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, `TRUNCATE "Odd Schema"."child";`)

	require.NoError(t, p.Exec(t.Context(), job.Account.Database, `DROP TABLE "Odd Schema".child`))
	_, err = loadRows(t, r, job, dump)
	require.Equal(t, failure.TargetTableNotFound, failure.CodeOf(err), "%v", err)

	job.Account.Database = "nowhere_to_be_found"
	_, err = loadRows(t, r, job, dump)
	require.Equal(t, failure.DBNotFound, failure.CodeOf(err), "%v", err)
}

func TestAJobThatLoadsRowsDropsNothing(t *testing.T) {
	t.Parallel()
	r, job := target(t)
	job.Wanted.Content = selection.Data
	require.NoError(t, r.Drop(t.Context(), job))
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), job.Unpublished, "SELECT"))
}
