package restore_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// alone restores the requested objects of a dump into a new database and
// returns its name.
func alone(t *testing.T, dump restore.Dump, wanted selection.Request) (database string, notes []string) {
	t.Helper()
	r, job := target(t)
	job.Wanted = wanted
	loaded, _, err := load(t, r, job, dump)
	require.NoError(t, err, "%v", wanted)
	return job.Unpublished, loaded.Notes
}

// definition returns the definition of a table or view as pg_dump writes it.
func definition(t *testing.T, database, name string) string {
	t.Helper()
	return stock(t, database, "pg_dump", "--schema-only", "--restrict-key=k", "--table="+name)
}

// Each table or view, restored alone, is complete and has all its dependencies.
func TestEachTableAlone(t *testing.T) {
	t.Parallel()
	from := source(t, "circles.sql")
	dump, _ := stored(t, dumpFile(t, from, true))
	for _, name := range []string{
		"booking", "of_domain", "child", "numbers", "by_cast", "by_class", "order_stats", "over_late", "best", "over_grouped",
	} {
		database, _ := alone(t, dump, selection.Request{Tables: []string{name}})
		require.Equal(t, definition(t, from, name), definition(t, database, name), name)
		view := definition(t, from, "per_customer")
		if name == "order_stats" || name == "best" {
			require.Equal(t, view, definition(t, database, "per_customer"), name)
		}
		if name == "of_domain" {
			require.ErrorContains(t, localenvtest.Postgres(t).Exec(t.Context(), database, "SELECT (-1)::positive"), "positive_check")
		}
		if name == "child" {
			require.ErrorContains(t, localenvtest.Postgres(t).Exec(t.Context(), database, "INSERT INTO child VALUES (-1)"), "parents_check")
		}
	}
}

func TestAMaterializedViewWithoutTheRowsThatItReads(t *testing.T) {
	t.Parallel()
	from := source(t, "circles.sql")
	dump, _ := stored(t, dumpFile(t, from, true))
	populated := func(database, name string) (populated bool) {
		conn, err := localenvtest.Postgres(t).Connect(t.Context(), database)
		require.NoError(t, err)
		defer conn.Close(context.Background())
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT relispopulated FROM pg_class WHERE relname = $1", name).Scan(&populated))
		return populated
	}
	database, notes := alone(t, dump, selection.Request{Tables: []string{"order_stats", "later"}})
	require.False(t, populated(database, "order_stats"))
	require.False(t, populated(database, "later"))
	require.Contains(t, notes, "public.order_stats stays unpopulated, since public.customer is restored without all of its rows")
	require.Contains(t, notes, "public.later stays unpopulated, since public.late is restored without all of its rows")
	database, notes = alone(t, dump, selection.Request{Tables: []string{"order_stats", "customer", "later", "late"}})
	require.True(t, populated(database, "order_stats"))
	require.True(t, populated(database, "later"))
	require.Empty(t, notes)
}

func TestASchemaWithoutWhatItRefersTo(t *testing.T) {
	t.Parallel()
	from := source(t, "circles.sql")
	dump, _ := stored(t, dumpFile(t, from, true))
	_, notes := alone(t, dump, selection.Request{Schemas: []string{"public"}})
	require.Len(t, notes, 1)
	require.Contains(t, notes[0], "btree_gist")
	_, notes = alone(t, dump, selection.Request{Schemas: []string{"alone"}})
	require.Equal(t, []string{"foreign key alone.t key is left out, since other.t is not restored"}, notes)
	_, notes = alone(t, dump, selection.Request{Tables: []string{"part"}})
	require.Len(t, notes, 1)
	database, notes := alone(t, dump, selection.Request{Tables: []string{"parent"}, WithChildren: true})
	require.Empty(t, notes)
	require.Len(t, of(contents(t, database), "child"), 1)
}
