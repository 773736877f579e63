package restore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// Tables refer to each other by keys that are not deferrable. The name of one
// begins with the name of another.
func TestRowsThatReferToEachOther(t *testing.T) {
	t.Parallel()
	p, from := localenvtest.Postgres(t), localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), from, `CREATE TABLE "a b" (id int PRIMARY KEY, x int); CREATE TABLE a (id int PRIMARY KEY, y int CONSTRAINT y REFERENCES "a b");
		CREATE TABLE parted (id int PRIMARY KEY, x int REFERENCES a) PARTITION BY LIST (id); CREATE TABLE one PARTITION OF parted FOR VALUES IN (1);
		CREATE TABLE "a b c" (id int PRIMARY KEY, x int REFERENCES "a b", y int CONSTRAINT "c d" REFERENCES parted);
		INSERT INTO "a b" VALUES (1, 1); INSERT INTO a VALUES (1, 1); INSERT INTO parted VALUES (1, 1); INSERT INTO "a b c" VALUES (1, 1, 1);
		ALTER TABLE "a b" ADD CONSTRAINT x FOREIGN KEY (x) REFERENCES a; ALTER TABLE a ADD z int DEFAULT 1 CONSTRAINT "b z" REFERENCES parted`))
	dump, _ := stored(t, dumpFile(t, from, true))
	r, job := emptied(t, from)
	before := schema(t, job.Account.Database)
	_, err := loadRows(t, r, job, dump)
	require.NoError(t, err)
	require.Equal(t, contents(t, from), contents(t, job.Account.Database))
	require.Equal(t, before, schema(t, job.Account.Database), "the keys are as they were")

	require.NoError(t, p.Exec(t.Context(), from, `ALTER TABLE "a b" DISABLE TRIGGER ALL; UPDATE "a b" SET x = 7`))
	broken, _ := stored(t, dumpFile(t, from, true))
	r, job = emptied(t, from)
	_, err = loadRows(t, r, job, broken)
	require.Equal(t, failure.RestoreStatement, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, `violates foreign key constraint "x"`)
}

func TestTheCommentOfSchemaPublic(t *testing.T) {
	t.Parallel()
	p := localenvtest.Postgres(t)
	for _, statement := range []string{`COMMENT ON SCHEMA public IS ''`, `COMMENT ON SCHEMA public IS 'mine'`, `SELECT`} {
		from := localenvtest.Database(t)
		require.NoError(t, p.Exec(t.Context(), from, statement))
		dump, _ := stored(t, dumpFile(t, from, true))
		r, job := target(t)
		loaded, _, err := load(t, r, job, dump)
		require.NoError(t, err)
		require.Empty(t, loaded.Ignored)
		unquoted := func(database string) string { return psqlFree(stock(t, database, "pg_dump")) }
		require.Equal(t, unquoted(from), unquoted(job.Unpublished), statement)
	}
}
