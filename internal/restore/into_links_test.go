package restore_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/restore/selection"
)

const orders = `CREATE SCHEMA shop; CREATE TABLE shop.customers (id int PRIMARY KEY); INSERT INTO shop.customers SELECT generate_series(1, 10);
	CREATE TABLE shop.orders (id int, customer int CONSTRAINT "of whom" REFERENCES shop.customers ON DELETE CASCADE, region text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
	CREATE TABLE shop.orders_eu PARTITION OF shop.orders FOR VALUES IN ('eu') PARTITION BY RANGE (id);
	CREATE TABLE shop.orders_eu_1 PARTITION OF shop.orders_eu FOR VALUES FROM (0) TO (1000); CREATE TABLE shop.orders_us PARTITION OF shop.orders FOR VALUES IN ('us');
	INSERT INTO shop.orders SELECT n, 1 + n % 10, CASE n % 2 WHEN 0 THEN 'eu' ELSE 'us' END FROM generate_series(1, 100) n;
	CREATE TABLE shop.bills (id int PRIMARY KEY, customer int REFERENCES shop.customers); INSERT INTO shop.bills VALUES (1, 1)`

func TestForeignKeysOfPartitionsAreCheckedAfterTheMove(t *testing.T) {
	t.Parallel()
	r, job := existing(t, orders)
	database := job.Account.Database
	before, rows := schema(t, database), contents(t, database)
	dump, _ := stored(t, dumpFile(t, database, true))
	run(t, database, "DROP TABLE shop.orders, shop.bills")
	job.Wanted.Tables = []string{"shop.orders", "shop.bills"}
	notes, err := restoreInto(t, r, job, dump)
	require.NoError(t, err)
	require.Empty(t, notes)
	require.Equal(t, before, schema(t, database))
	require.Equal(t, rows, contents(t, database))
}

func TestRowsThatViolateAForeignKeyAreNamedByTheirQuery(t *testing.T) {
	t.Parallel()
	r, job := existing(t, orders)
	database := job.Account.Database
	dump, _ := stored(t, dumpFile(t, database, true))
	run(t, database, "DROP TABLE shop.orders, shop.bills; DELETE FROM shop.customers WHERE id < 3")
	job.Wanted.Tables = []string{"shop.orders", "shop.bills"}
	notes, err := restoreInto(t, r, job, dump)
	require.NoError(t, err)
	require.Len(t, notes, 2)
	all := strings.Join(notes, "\n")
	require.Contains(t, all, `"of whom" of "shop"."orders_eu_1" holds for new rows`)
	require.Contains(t, all, `SELECT * FROM "shop"."bills" AS t WHERE t."customer" IS NOT NULL AND NOT EXISTS (SELECT FROM "shop"."customers" AS r WHERE r."id" = t."customer")`)
	require.Contains(t, all, `ALTER TABLE "shop"."bills" VALIDATE CONSTRAINT "bills_customer_fkey";`)
	require.Contains(t, strings.Join(schema(t, database), ""), `REFERENCES "shop"."customers"("id") NOT VALID`)
}

func TestForeignKeysThatReferredToALostTableAreNoted(t *testing.T) {
	t.Parallel()
	r, job := existing(t, orders)
	database := job.Account.Database
	dump, _ := stored(t, dumpFile(t, database, true))
	run(t, database, "DROP TABLE shop.customers CASCADE")
	job.Wanted.Tables = []string{"shop.customers"}
	notes, err := restoreInto(t, r, job, dump)
	require.NoError(t, err)
	require.Len(t, notes, 2)
	require.Contains(t, strings.Join(notes, "\n"), `ALTER TABLE "shop"."bills" ADD CONSTRAINT "bills_customer_fkey" FOREIGN KEY ("customer") REFERENCES "shop"."customers" ("id") NOT VALID; ALTER TABLE "shop"."bills" VALIDATE CONSTRAINT "bills_customer_fkey";`)
}

func TestAForeignKeyToATableThatIsGoneIsNoted(t *testing.T) {
	t.Parallel()
	r, job := existing(t, orders)
	database := job.Account.Database
	dump, _ := stored(t, dumpFile(t, database, true))
	run(t, database, "DROP TABLE shop.customers CASCADE; DROP TABLE shop.bills")
	job.Wanted.Tables = []string{"shop.bills"}
	notes, err := restoreInto(t, r, job, dump)
	require.NoError(t, err)
	require.Len(t, notes, 1)
	require.Contains(t, notes[0], `foreign key "bills_customer_fkey" of "shop"."bills" is left out: relation "shop.customers" does not exist`)
}

func TestAPartitionAloneIsATableOfItsOwn(t *testing.T) {
	t.Parallel()
	r, job := existing(t, orders)
	database := job.Account.Database
	rows := contents(t, database)
	dump, _ := stored(t, dumpFile(t, database, true))
	run(t, database, "DROP TABLE shop.orders_us")
	job.Wanted.Tables = []string{"shop.orders_us"}
	notes, err := restoreInto(t, r, job, dump)
	require.NoError(t, err)
	require.Len(t, notes, 1)
	require.Contains(t, notes[0], `ALTER TABLE "shop"."orders" ATTACH PARTITION "shop"."orders_us" FOR VALUES IN (`)
	require.Equal(t, rows, contents(t, database))
	run(t, database, `ALTER TABLE shop.orders ATTACH PARTITION shop.orders_us FOR VALUES IN ('us')`)
}

func TestATableThatInheritsFromAnExistingOne(t *testing.T) {
	t.Parallel()
	r, job := existing(t, `CREATE TABLE base (id int); CREATE TABLE heir (more int) INHERITS (base); INSERT INTO heir VALUES (1, 2); CREATE TABLE grandchild () INHERITS (heir)`)
	database := job.Account.Database
	rows := contents(t, database)
	dump, _ := stored(t, dumpFile(t, database, true))
	run(t, database, "DROP TABLE heir CASCADE")
	job.Wanted.Tables = []string{"public.heir"}
	loaded, err := loadInto(t, r, job, dump)
	require.NoError(t, err)
	require.Empty(t, loaded.Notes)
	require.Equal(t, []string{"base 0 0"}, of(contents(t, database), "base"), "nobody sees the rows yet")
	moved, err := r.MoveInto(t.Context(), job, dump, loaded.OID)
	require.NoError(t, err)
	require.Len(t, moved.Notes, 1)
	require.Contains(t, moved.Notes[0], `"public"."grandchild", which inherits from "public"."heir", is not restored`)
	run(t, database, `DO $$ BEGIN ASSERT (SELECT count(*) FROM base) = 1; END $$`)
	run(t, database, `DROP TABLE heir`)

	job.Wanted = selection.Request{Tables: []string{"public.heir"}, WithChildren: true}
	_, err = restoreInto(t, r, job, dump)
	require.NoError(t, err)
	require.Equal(t, rows, contents(t, database))

	run(t, database, `DROP TABLE base CASCADE`)
	_, err = r.CheckInto(t.Context(), job, dump)
	require.Equal(t, failure.TargetObjectNotFound, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, `"public"."base"`)
}

func TestAForeignKeyOfAnUnknownFormIsNoted(t *testing.T) {
	t.Parallel()
	r, job := existing(t, `CREATE SCHEMA shop; CREATE TABLE shop.customers (id int PRIMARY KEY);
		CREATE TABLE shop.bills (id int PRIMARY KEY, customer int REFERENCES shop.customers ON DELETE CASCADE)`)
	database := job.Account.Database
	archive := dumpFile(t, database, true)
	changed := bytes.Replace(archive, []byte("ON DELETE CASCADE"), []byte("ON DELETE PRESERV"), 1)
	require.NotEqual(t, archive, changed)
	dump, _ := stored(t, changed)
	run(t, database, "DROP TABLE shop.bills")
	job.Wanted.Tables = []string{"shop.bills"}
	notes, err := restoreInto(t, r, job, dump)
	require.NoError(t, err)
	require.Len(t, notes, 1)
	require.Contains(t, notes[0], `foreign key bills bills_customer_fkey is left out`)
	require.Contains(t, notes[0], `REFERENCES "shop"."customers"("id") ON DELETE PRESERV;`)
}
