package restore_test

import (
	"context"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// counted counts the requested bytes.
func counted(dump restore.Dump) (restore.Dump, *atomic.Int64) {
	asked, open := new(atomic.Int64), dump.Open
	dump.Open = func(ctx context.Context, offset, count int64) (io.ReadCloser, error) {
		asked.Add(count)
		return open(ctx, offset, count)
	}
	return dump, asked
}

// of returns the lines of the named tables.
func of(lines []string, names ...string) (found []string) {
	for _, line := range lines {
		for _, name := range names {
			if strings.HasPrefix(line, name+" ") {
				found = append(found, line)
			}
		}
	}
	return found
}

func TestOneTableOfManyReadsNoOther(t *testing.T) {
	t.Parallel()
	from := source(t, "rich.sql")
	content, tocSize, pieces := inPieces(t, dumpFile(t, from, true))
	dump, _ := stored(t, content)
	dump.TOCSize, dump.Pieces = tocSize, pieces
	dump, asked := counted(dump)
	r, job := target(t)
	job.Wanted = selection.Request{Tables: []string{"shop.customers"}}
	loaded, m, err := load(t, r, job, dump)
	require.NoError(t, err)
	require.Equal(t, tocSize+m.Snapshot().Total, asked.Load(), "the table of contents and the table's data")
	require.Less(t, asked.Load(), dump.Size/10)
	require.Empty(t, loaded.Notes)
	want := of(contents(t, from), "shop.customers", "shop.customers_id_seq")
	require.Len(t, want, 2)
	require.Equal(t, want, of(contents(t, job.Unpublished), "shop.customers", "shop.customers_id_seq"))
	have := strings.Join(schema(t, job.Unpublished), "")
	for _, part := range []string{`"by_next" ON "shop"."customers"`, `"customers_pkey" PRIMARY KEY`, `CREATE TRIGGER "touch"`, `CREATE POLICY "own"`, `CREATE STATISTICS`, `OWNED BY "shop"."customers"."id"`, `'people'`} {
		require.Contains(t, have, part)
	}
	require.NotContains(t, have, `"orders"`)
}

func TestAPartitionedTableWithoutWhatItRefersTo(t *testing.T) {
	t.Parallel()
	from := source(t, "rich.sql")
	for _, offsets := range []bool{true, false} {
		dump, _ := stored(t, dumpFile(t, from, offsets))
		r, job := target(t)
		job.Wanted = selection.Request{Tables: []string{"shop.orders"}}
		loaded, _, err := load(t, r, job, dump)
		require.NoError(t, err)
		require.Equal(t, []string{"foreign key shop.orders orders_customer_fkey is left out, since shop.customers is not restored"}, loaded.Notes)
		tables := []string{"shop.orders", "shop.orders_eu", "shop.orders_us", "shop.orders_id_seq"}
		require.Equal(t, of(contents(t, from), tables...), of(contents(t, job.Unpublished), tables...))
		require.Contains(t, strings.Join(schema(t, job.Unpublished), ""), `ATTACH PARTITION "shop"."orders_eu"`)
	}
}

func TestASchema(t *testing.T) {
	t.Parallel()
	from := source(t, "rich.sql")
	dump, _ := stored(t, dumpFile(t, from, true))
	r, job := target(t)
	job.Wanted = selection.Request{Schemas: []string{"Odd Schema"}}
	_, _, err := load(t, r, job, dump)
	require.NoError(t, err)
	require.Equal(t,
		stock(t, from, "pg_dump", `--schema="Odd Schema"`, "--restrict-key=k"),
		stock(t, job.Unpublished, "pg_dump", `--schema="Odd Schema"`, "--restrict-key=k"))
}

func TestDefinitionsOnlyReadNoData(t *testing.T) {
	t.Parallel()
	from := source(t, "rich.sql")
	for _, offsets := range []bool{true, false} {
		dump, _ := stored(t, dumpFile(t, from, offsets))
		dump, asked := counted(dump)
		r, job := target(t)
		job.Wanted = selection.Request{Content: selection.SchemaOnly}
		_, _, err := load(t, r, job, dump)
		require.NoError(t, err)
		require.LessOrEqual(t, asked.Load(), int64(512<<10))
		require.Equal(t, schema(t, from), schema(t, job.Unpublished))
		require.Contains(t, contents(t, job.Unpublished), "shop.customers 0 0")
	}
}

func TestANameThatIsNotThereFailsBeforeAnythingIsMade(t *testing.T) {
	t.Parallel()
	dump, _ := stored(t, dumpFile(t, source(t, "rich.sql"), true))
	r, job := target(t)
	job.Wanted = selection.Request{Tables: []string{"shop.custmers"}}
	_, err := r.CheckTarget(t.Context(), job, dump)
	require.Equal(t, failure.InvalidInput, failure.CodeOf(err))
	require.ErrorContains(t, err, "shop.customers")
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), job.Unpublished, "SELECT"), "it is untouched")
}
