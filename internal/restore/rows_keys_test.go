package restore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

const keyed = `CREATE TABLE customers (id int PRIMARY KEY);
	CREATE TABLE orders (id int PRIMARY KEY, customer int CONSTRAINT by REFERENCES customers) PARTITION BY RANGE (id);
	CREATE TABLE orders_1 PARTITION OF orders FOR VALUES FROM (0) TO (100);
	CREATE TABLE orders_2 PARTITION OF orders FOR VALUES FROM (100) TO (200);
	CREATE TABLE lines (id int, part int CONSTRAINT "Of order" REFERENCES orders, customer int CONSTRAINT whose REFERENCES customers);
	INSERT INTO customers VALUES (1); INSERT INTO orders VALUES (1, 1), (100, 1); INSERT INTO lines VALUES (1, 1, 1)`

// The notes on foreign keys say what the server does: each key that is said to be
// checked refuses a row, and each that is not lets it through.
func TestNotesOnForeignKeysThatExist(t *testing.T) {
	t.Parallel()
	p := localenvtest.Postgres(t)
	from := localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), from, keyed))
	dump, _ := stored(t, dumpFile(t, from, true))
	for _, c := range []struct {
		name, before string
		tables       []string
		notes        []string
	}{
		{"all tables", "", []string{"customers", "orders", "lines"},
			[]string{`the loaded rows satisfy the target's foreign keys: "Of order" of public.lines, whose of public.lines, by of public.orders`}},
		{"a referenced table, whose referrers have rows already", `ALTER TABLE lines DISABLE TRIGGER ALL; INSERT INTO lines VALUES (5, NULL, 77); ALTER TABLE lines ENABLE TRIGGER ALL`, []string{"customers"},
			[]string{
				"foreign key whose of public.lines: rows that were there before are not checked against the rows loaded into public.customers",
				"foreign key by of public.orders: rows that were there before are not checked against the rows loaded into public.customers",
			}},
		{"a table whose keys are disabled", "ALTER TABLE lines DISABLE TRIGGER ALL", []string{"lines"},
			[]string{
				`foreign key "Of order" of public.lines is disabled in the target: the loaded rows are not checked against public.orders`,
				"foreign key whose of public.lines is disabled in the target: the loaded rows are not checked against public.customers",
			}},
		{"a partitioned table", "INSERT INTO customers VALUES (1)", []string{"orders"},
			[]string{
				`foreign key "Of order" of public.lines: rows that were there before are not checked against the rows loaded into public.orders`,
				"the loaded rows satisfy the target's foreign keys: by of public.orders",
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, job := emptied(t, from)
			require.NoError(t, p.Exec(t.Context(), job.Account.Database, c.before+"; SELECT"))
			job.Wanted = selection.Request{Content: selection.DataOnly, Tables: c.tables}
			loaded, err := loadRows(t, r, job, dump)
			require.NoError(t, err)
			require.Equal(t, c.notes, loaded.Notes)
		})
	}
	r, job := emptied(t, from)
	job.Wanted = selection.Request{Content: selection.DataOnly, Tables: []string{"lines"}}
	_, err := loadRows(t, r, job, dump)
	require.ErrorContains(t, err, "violates foreign key constraint", "keys that are not disabled are checked")
}
