package restore_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// The partition of a row depends on the OIDs of the enum's values, which a
// restore changes.
const hashOfAnEnum = `
	CREATE TYPE mood AS ENUM ('good', 'bad', 'so so', 'fair', 'none');
	CREATE TABLE tree (n int, m mood) PARTITION BY RANGE (n);
	CREATE TABLE branch PARTITION OF tree FOR VALUES FROM (0) TO (1000) PARTITION BY HASH (m);
	CREATE TABLE leaf_0 (m mood, gone int, n int); ALTER TABLE leaf_0 DROP COLUMN gone;
	ALTER TABLE branch ATTACH PARTITION leaf_0 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
	CREATE TABLE leaf_1 PARTITION OF branch FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	INSERT INTO tree SELECT i, (enum_range(NULL::mood))[1 + i % 5] FROM generate_series(0, 999) i;
	CREATE INDEX ON tree (n)`

func TestPartitionsByTheHashOfAnEnum(t *testing.T) {
	t.Parallel()
	from := localenvtest.Database(t)
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), from, hashOfAnEnum))
	r, job := target(t)
	account := job.Account
	account.Database = from
	own, _ := dumped(t, r, account)
	piped, _ := stored(t, dumpFile(t, from, false))
	for kind, d := range map[string]restore.Dump{"own": own, "piped": piped} {
		for wanted, table := range map[string]string{"": "tree", "tree": "tree", "branch": "branch", "leaf_0": "leaf_0", "leaf_1": "leaf_1"} {
			t.Run(kind+", wanted "+wanted, func(t *testing.T) {
				t.Parallel()
				r, job := target(t)
				if wanted != "" {
					job.Wanted = selection.Request{Tables: []string{wanted}}
				}
				_, _, err := load(t, r, job, d)
				require.NoError(t, err)
				require.Equal(t, rowsOf(t, from, table), rowsOf(t, job.Unpublished, table))
			})
		}
	}
}

// Rows of a leaf are loaded into its root and routed from there to the leaf
// that they belong to now.
func TestTriggersOfAllThatRowsGetInto(t *testing.T) {
	t.Parallel()
	from := localenvtest.Database(t)
	p := localenvtest.Postgres(t)
	require.NoError(t, p.Exec(t.Context(), from, hashOfAnEnum+`; CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''a trigger fires''; END';
		CREATE TRIGGER of_root BEFORE INSERT ON tree FOR EACH STATEMENT EXECUTE FUNCTION refuse();
		CREATE TRIGGER of_all AFTER INSERT ON tree FOR EACH ROW EXECUTE FUNCTION refuse();
		CREATE TRIGGER of_leaf BEFORE INSERT ON leaf_1 FOR EACH ROW EXECUTE FUNCTION refuse();
		CREATE TRIGGER silent BEFORE INSERT ON leaf_0 FOR EACH ROW EXECUTE FUNCTION refuse(); ALTER TABLE leaf_0 DISABLE TRIGGER silent;
		ALTER TABLE tree ENABLE ALWAYS TRIGGER of_root`))
	dump, _ := stored(t, dumpFile(t, from, true))
	for _, leaf := range []string{"leaf_0", "leaf_1"} {
		r, job := emptied(t, from)
		job.Wanted.Tables = []string{leaf}
		before := triggersOf(t, job.Account.Database)
		_, err := loadRows(t, r, job, dump)
		require.NoError(t, err)
		require.Equal(t, rowsOf(t, from, leaf), rowsOf(t, job.Account.Database, "tree"))
		require.Equal(t, before, triggersOf(t, job.Account.Database))
	}
}

// triggersOf returns the enabled triggers.
func triggersOf(t *testing.T, database string) (all string) {
	t.Helper()
	conn, err := localenvtest.Postgres(t).Connect(t.Context(), database)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT string_agg(tgrelid::regclass::text || ' ' || tgname || ' ' || tgenabled::text, ', ' ORDER BY tgrelid, tgname)
		FROM pg_trigger WHERE NOT tgisinternal`).Scan(&all))
	return all
}

// rowsOf returns a summary of the rows of a table and its partitions.
func rowsOf(t *testing.T, database, table string) (sum string) {
	t.Helper()
	conn, err := localenvtest.Postgres(t).Connect(t.Context(), database)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) || ' ' || coalesce(sum(hashtextextended(n || ' ' || m, 0)), 0) FROM `+table).Scan(&sum))
	return sum
}
