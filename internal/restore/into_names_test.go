package restore_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/restore"
)

func TestATableBesideTheExistingOneOfItsSchema(t *testing.T) {
	t.Parallel()
	r, job := existing(t, simple+`; CREATE STATISTICS shop.items_both ON id, name FROM shop.items; ALTER TABLE shop.items ADD parent int REFERENCES shop.items`)
	database := job.Account.Database
	before := contents(t, database)
	dump, _ := stored(t, dumpFile(t, database, true))
	run(t, database, "DELETE FROM shop.items")
	job.Wanted.Tables = []string{"shop.items"}
	job.Into.As = restore.TableName{Schema: "shop", Name: `items "before"`}
	notes, err := restoreInto(t, r, job, dump)
	require.NoError(t, err)
	all := strings.Join(notes, "\n")
	for _, renamed := range []string{`index "items_pkey" of "shop"."items ""before""" is named "shop"."items ""before""_pkey"`, `index "by_name" of`, `"by_name_items ""before"""`, `sequence "items_id_seq" of`, `statistics "items_both" of`} {
		require.Contains(t, all, renamed)
	}
	after := contents(t, database)
	require.Equal(t, strings.TrimPrefix(of(before, "shop.items")[0], "shop.items "), strings.TrimPrefix(of(after, `shop."items ""before"""`)[0], `shop."items ""before""" `))
	require.Equal(t, []string{"shop.items 0 0"}, of(after, "shop.items"))
	definitions := strings.Join(schema(t, database), "")
	require.Contains(t, definitions, `FOREIGN KEY ("parent") REFERENCES "shop"."items ""before"""("id")`)
	require.Contains(t, definitions, `"nextval"('"shop"."items ""before""_id_seq"'::"regclass")`)

	// Once more: now that name is taken.
	_, err = r.CheckInto(t.Context(), job, dump)
	require.Equal(t, failure.TargetTableExists, failure.CodeOf(err), "%v", err)
}

// The name that an index would get is that of another index of the table.
func TestANameIsFreeInBothSchemas(t *testing.T) {
	t.Parallel()
	r, job := existing(t, simple+`; CREATE INDEX by_name_other ON shop.items (id, name)`)
	database := job.Account.Database
	dump, _ := stored(t, dumpFile(t, database, true))
	run(t, database, "DROP INDEX shop.by_name_other")
	job.Wanted.Tables = []string{"shop.items"}
	job.Into.As = restore.TableName{Schema: "shop", Name: "other"}
	notes, err := restoreInto(t, r, job, dump)
	require.NoError(t, err)
	require.Contains(t, strings.Join(notes, "\n"), `index "by_name" of "shop"."other" is named "shop"."by_name_other_2"`)
}

func TestTablesOfTwoSchemasWithTheSameName(t *testing.T) {
	t.Parallel()
	const twins = `CREATE SCHEMA "Größe.x"; CREATE SCHEMA b; CREATE TABLE "Größe.x"."T a" (id serial PRIMARY KEY, "é" text); CREATE TABLE b."T a" (id serial PRIMARY KEY);
		INSERT INTO "Größe.x"."T a" ("é") VALUES ('ö'); INSERT INTO b."T a" SELECT FROM generate_series(1, 3); CREATE TABLE b.c (a int REFERENCES b."T a", x int REFERENCES "Größe.x"."T a");
		INSERT INTO b.c VALUES (1, 1)`
	r, job := existing(t, twins)
	database := job.Account.Database
	before, rows := schema(t, database), contents(t, database)
	dump, _ := stored(t, dumpFile(t, database, true))
	run(t, database, `DROP SCHEMA "Größe.x", b CASCADE`)
	job.Wanted.Tables = []string{`Größe.x.T a`, "b.T a", "b.c"}
	notes, err := restoreInto(t, r, job, dump)
	require.NoError(t, err)
	require.Len(t, notes, 2)
	require.Contains(t, notes[0], `schema "Größe.x" was created`)
	require.Equal(t, before, schema(t, database))
	require.Equal(t, rows, contents(t, database))

	job.Into.Schema = "rescue"
	_, err = r.CheckInto(t.Context(), job, dump)
	require.Equal(t, failure.InvalidInput, failure.CodeOf(err), "both cannot have the name: %v", err)
	job.Wanted.Tables = []string{"b.T a", "b.c"}
	_, err = restoreInto(t, r, job, dump)
	require.NoError(t, err)
	require.Contains(t, of(contents(t, database), `rescue."T`)[0], `rescue."T a" 3 `)
	definitions := strings.Join(schema(t, database), "")
	require.Contains(t, definitions, `FOREIGN KEY ("a") REFERENCES "rescue"."T a"("id")`)
	require.Contains(t, definitions, "ADD CONSTRAINT \"c_x_fkey\" FOREIGN KEY (\"x\") REFERENCES \"Größe.x\".\"T a\"(\"id\")")
}
