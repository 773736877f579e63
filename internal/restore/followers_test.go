package restore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// notUnique returns a dump with a unique index that its own rows violate.
func notUnique(t *testing.T) restore.Dump {
	t.Helper()
	p, database := localenvtest.Postgres(t), localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), database, `CREATE TABLE good AS SELECT 1 AS one; CREATE TABLE twice AS SELECT 1 AS one FROM generate_series(1, 2);
		CREATE INDEX by_one ON twice (one); CREATE INDEX good_one ON good (one)`))
	require.NoError(t, p.Exec(t.Context(), database, `UPDATE pg_index SET indisunique = true WHERE indexrelid = 'by_one'::regclass`))
	dump, _ := stored(t, dumpFile(t, database, true))
	return dump
}

func TestAnIndexThatIsRefusedFailsTheRestore(t *testing.T) {
	t.Parallel()
	r, job := target(t)
	_, _, err := load(t, r, job, notUnique(t))
	require.Equal(t, failure.RestoreStatement, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "INDEX public.by_one")
	require.ErrorContains(t, err, `could not create unique index "by_one"`)
	require.ErrorContains(t, err, `CREATE UNIQUE INDEX "by_one"`)
}

func TestAnIndexThatIsRefusedIsAllThatIsMissing(t *testing.T) {
	t.Parallel()
	r, job := target(t)
	job.KeepFailed = true
	_, _, err := load(t, r, job, notUnique(t))
	require.Equal(t, failure.RestoreStatement, failure.CodeOf(err), "%v", err)
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), job.Unpublished, "SELECT 'good_one'::regclass, 'twice'::regclass"))
	require.ErrorContains(t, localenvtest.Postgres(t).Exec(t.Context(), job.Unpublished, "SELECT 'by_one'::regclass"), "does not exist")
}

// Hash partitioning by an enum differs between servers: pg_dump writes the rows
// for the partitioned table.
func TestRowsThatGoIntoThePartitionedTable(t *testing.T) {
	t.Parallel()
	p, from := localenvtest.Postgres(t), localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), from, `CREATE TYPE mood AS ENUM ('ill', 'well', 'better');
		CREATE TABLE moods (n int, m mood, digest text, PRIMARY KEY (n, m)) PARTITION BY HASH (m);
		CREATE TABLE moods_0 PARTITION OF moods FOR VALUES WITH (MODULUS 2, REMAINDER 0);
		CREATE TABLE moods_1 PARTITION OF moods FOR VALUES WITH (MODULUS 2, REMAINDER 1);
		CREATE INDEX by_digest ON moods_0 (digest);
		INSERT INTO moods SELECT n, (enum_range(NULL::mood))[1 + n % 3], md5(n::text) || md5((-n)::text) FROM generate_series(1, 60000) n`))
	content := dumpFile(t, from, true)
	require.Greater(t, len(content), 2<<20, "enough for each partition to be written frozen")
	dump, _ := stored(t, content)
	r, job := target(t)
	_, _, err := load(t, r, job, dump)
	require.NoError(t, err)
	require.Equal(t, schema(t, from), schema(t, job.Unpublished))
	require.NoError(t, p.Exec(t.Context(), job.Unpublished, `SELECT 1 / (count(*) = 60000 AND count(DISTINCT n) = 60000)::int FROM moods
		WHERE m = (enum_range(NULL::mood))[1 + n % 3] AND digest = md5(n::text) || md5((-n)::text)`))
}
