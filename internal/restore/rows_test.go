package restore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// emptied returns a job that loads rows into a copy of a database's
// definitions.
func emptied(t *testing.T, from string) (restore.Restorer, restore.Job) {
	t.Helper()
	definitions := stock(t, from, "pg_dump", "--schema-only", "--restrict-key=k")
	r, job := target(t)
	job.Account.Database, job.Unpublished = job.Unpublished, ""
	p := localenvtest.Postgres(t)
	conn, err := p.Connect(t.Context(), job.Account.Database)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	// The first and the last line are psql's own commands.
	_, err = conn.Exec(t.Context(), psqlFree(definitions))
	require.NoError(t, err)
	job.Wanted.Content = selection.DataOnly
	return r, job
}

func loadRows(t *testing.T, r restore.Restorer, job restore.Job, dump restore.Dump) (restore.Loaded, error) {
	t.Helper()
	if _, err := r.CheckTarget(t.Context(), job, dump); err != nil {
		return restore.Loaded{}, err
	}
	return attempt(t, r, job, dump, restore.Attempts{})
}

// attempt makes one attempt of a job. It ignores announcements unless a has a
// function for them.
func attempt(t *testing.T, r restore.Restorer, job restore.Job, dump restore.Dump, a restore.Attempts) (restore.Loaded, error) {
	t.Helper()
	return attemptBy(t, time.Now, r, job, dump, a)
}

// attemptBy is like attempt with another clock.
func attemptBy(t *testing.T, now func() time.Time, r restore.Restorer, job restore.Job, dump restore.Dump, a restore.Attempts) (restore.Loaded, error) {
	t.Helper()
	if a.Announce == nil {
		a.Announce = func(context.Context, string) error { return nil }
	}
	return r.LoadRows(t.Context(), job, dump, a, progress.NewMeter(now, "connect"))
}

func TestRowsIntoTablesThatExist(t *testing.T) {
	t.Parallel()
	from := source(t, "rich.sql")
	p := localenvtest.Postgres(t)
	// The order of the keys differs from the order of the tables' names and of
	// their creation.
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
	require.ErrorContains(t, err, `violates foreign key constraint "orders_customer_fkey"`)
	require.NotContains(t, err.Error(), "is not present", "DETAIL quotes rows")
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

// The worker dies between the commit and its report.
func TestAnAttemptKnowsTheCommitOfAnotherOne(t *testing.T) {
	t.Parallel()
	p, from := localenvtest.Postgres(t), source(t, "rich.sql")
	dump, _ := stored(t, dumpFile(t, from, true))
	r, job := emptied(t, from)
	job.Wanted.Tables = []string{"shop.customers"}
	var announced []string
	listen := func(_ context.Context, transaction string) error {
		conn, err := p.Connect(t.Context(), job.Account.Database)
		require.NoError(t, err)
		defer conn.Close(context.Background())
		var status string
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT txid_status($1::text::bigint)", transaction).Scan(&status))
		require.Equal(t, "in progress", status, "it cannot have committed before it is known")
		announced = append(announced, transaction)
		return nil
	}
	silence := errors.New("nobody could be told")
	_, err := attempt(t, r, job, dump, restore.Attempts{Announce: func(ctx context.Context, transaction string) error {
		return errors.Join(listen(ctx, transaction), silence)
	}})
	require.ErrorIs(t, err, silence)
	require.Contains(t, contents(t, job.Account.Database), "shop.customers 0 0", "what nobody knows of is not committed")

	_, err = attempt(t, r, job, dump, restore.Attempts{Earlier: announced, Announce: listen})
	require.NoError(t, err)
	whole := contents(t, job.Account.Database)
	require.Equal(t, of(contents(t, from), "shop.customers"), of(whole, "shop.customers"))
	require.Len(t, announced, 2)

	_, err = attempt(t, r, job, dump, restore.Attempts{Earlier: announced})
	require.NoError(t, err, "the second one had committed")
	require.Equal(t, whole, contents(t, job.Account.Database))
	_, err = attempt(t, r, job, dump, restore.Attempts{Earlier: announced[:1]})
	require.Equal(t, failure.TargetTableNotEmpty, failure.CodeOf(err), "the first one had not: %v", err)
}

func TestAJobThatLoadsRowsDropsNothing(t *testing.T) {
	t.Parallel()
	r, job := target(t)
	job.Wanted.Content = selection.DataOnly
	require.NoError(t, r.Drop(t.Context(), job))
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), job.Unpublished, "SELECT"))
}
