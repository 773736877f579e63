package restore_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// existing returns a job that restores tables into a database, made from SQL. It
// is the job's own in the end.
func existing(t *testing.T, sql string) (restore.Restorer, restore.Job) {
	t.Helper()
	r, job := target(t)
	job.Account.Database, job.Unpublished = job.Unpublished, job.Unpublished+"_defs"
	job.Into = &restore.Into{}
	run(t, job.Account.Database, sql)
	t.Cleanup(func() { require.NoError(t, r.DropInto(context.Background(), job)) })
	return r, job
}

// run runs SQL in a database as the superuser.
func run(t *testing.T, database, sql string) {
	t.Helper()
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), database, sql))
}

// rich returns the SQL of the rich database.
func rich(t *testing.T) string {
	t.Helper()
	sql, err := os.ReadFile(filepath.Join("testdata", "rich.sql"))
	require.NoError(t, err)
	return string(sql)
}

// restoreInto goes through all steps of a restore into a database.
func restoreInto(t *testing.T, r restore.Restorer, job restore.Job, dump restore.Dump) (notes []string, err error) {
	t.Helper()
	if _, err := r.CheckInto(t.Context(), job, dump); err != nil {
		return nil, err
	}
	loaded, err := r.LoadInto(t.Context(), job, dump, progress.NewMeter(time.Now, "connect"))
	if err != nil {
		return nil, err
	}
	moved, err := r.MoveInto(t.Context(), job, dump, loaded.OID)
	if err != nil {
		return nil, err
	}
	validated, err := r.ValidateInto(t.Context(), job, dump)
	if err != nil {
		return nil, err
	}
	require.NoError(t, r.DropInto(t.Context(), job))
	return append(append(loaded.Notes, moved.Notes...), validated...), nil
}

const simple = `CREATE SCHEMA shop; CREATE TABLE shop.items (id serial PRIMARY KEY, name text NOT NULL DEFAULT 'x', CHECK (id > 0));
	CREATE INDEX by_name ON shop.items (name); INSERT INTO shop.items (name) SELECT n::text FROM generate_series(1, 1000) n`

func TestALostTableComesBackIntoItsDatabase(t *testing.T) {
	t.Parallel()
	r, job := existing(t, simple)
	before, rows := schema(t, job.Account.Database), contents(t, job.Account.Database)
	dump, _ := stored(t, dumpFile(t, job.Account.Database, true))
	run(t, job.Account.Database, "DROP TABLE shop.items")
	job.Wanted.Tables = []string{"shop.items"}
	notes, err := restoreInto(t, r, job, dump)
	require.NoError(t, err)
	require.Empty(t, notes)
	require.Equal(t, before, schema(t, job.Account.Database))
	require.Equal(t, rows, contents(t, job.Account.Database))
}

func TestAnExistingTableIsNotTouched(t *testing.T) {
	t.Parallel()
	r, job := existing(t, simple)
	dump, _ := stored(t, dumpFile(t, job.Account.Database, true))
	run(t, job.Account.Database, "DELETE FROM shop.items WHERE id < 500")
	before := contents(t, job.Account.Database)
	job.Wanted.Tables = []string{"shop.items"}
	_, err := restoreInto(t, r, job, dump)
	require.Equal(t, failure.TargetTableExists, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, `"shop"."items"`)
	require.ErrorContains(t, err, "--into-schema")
	require.Equal(t, before, contents(t, job.Account.Database))

	// Somebody makes it between the check and the move.
	run(t, job.Account.Database, "ALTER TABLE shop.items RENAME TO later")
	loaded, err := r.LoadInto(t.Context(), job, dump, progress.NewMeter(time.Now, "connect"))
	require.NoError(t, err)
	run(t, job.Account.Database, "ALTER TABLE shop.later RENAME TO items")
	_, err = r.MoveInto(t.Context(), job, dump, loaded.OID)
	require.Equal(t, failure.TargetTableExists, failure.CodeOf(err), "%v", err)
	require.NoError(t, r.DropInto(t.Context(), job))
	require.Equal(t, before, contents(t, job.Account.Database))
	require.NotContains(t, strings.Join(schema(t, job.Account.Database), ""), "pgvault_rescue")
}

func TestLoadingIntoADatabaseReadsTheTableOfContentsOnce(t *testing.T) {
	t.Parallel()
	r, job := existing(t, simple)
	dump, _ := stored(t, dumpFile(t, job.Account.Database, true))
	run(t, job.Account.Database, "DROP TABLE shop.items")
	job.Wanted.Tables = []string{"shop.items"}
	var begun atomic.Int64
	open := dump.Open
	dump.Open = func(ctx context.Context, offset, count int64) (io.ReadCloser, error) {
		if offset == 0 {
			begun.Add(1)
		}
		return open(ctx, offset, count)
	}
	_, err := r.LoadInto(t.Context(), job, dump, progress.NewMeter(time.Now, "connect"))
	require.NoError(t, err)
	require.EqualValues(t, 1, begun.Load())
}
