package readback_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
	"github.com/pgvault/pgvault/internal/proof/readback"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func meter() *progress.Meter { return progress.NewMeter(time.Now, "connect") }

// Whatever the dump has no rows of is named.
func TestWhatIsNotProven(t *testing.T) {
	t.Parallel()
	from := source(t, "CREATE TABLE t AS SELECT 1 AS i")
	f := dumped(t, from)
	to := restored(t, from, `CREATE MATERIALIZED VIEW mv AS SELECT * FROM t; CREATE UNLOGGED TABLE un (i int);
		CREATE EXTENSION postgres_fdw; CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw; CREATE FOREIGN TABLE away (i int) SERVER s`)
	compared := compare(t, to, f)
	require.Empty(t, compared.Differences)
	require.Equal(t, []string{
		"foreign table public.away: its rows are on another server",
		"materialized view public.mv: its rows are those of its query",
		"unlogged table public.un: the dump has no rows of it, as one of a standby",
	}, compared.NotProven)
	require.Equal(t, 1, compared.Tables)
}

// Rows that are loaded via a partition root may be in any of its partitions.
func TestRowsLoadedViaTheirRootAreComparedTogether(t *testing.T) {
	t.Parallel()
	from := source(t, `CREATE TABLE tree (n int, t text) PARTITION BY LIST (n); CREATE TABLE leaf_1 PARTITION OF tree FOR VALUES IN (1); CREATE TABLE leaf_2 PARTITION OF tree FOR VALUES IN (2);
		INSERT INTO tree SELECT 1 + i % 2, 't' || i FROM generate_series(1, 100) i`)
	f := dumped(t, from)
	for i := range f.Tables {
		f.Tables[i].Into = &fingerprint.TableName{Schema: "public", Name: "tree"}
	}
	apart := "ALTER TABLE tree DETACH PARTITION leaf_1; ALTER TABLE tree DETACH PARTITION leaf_2; "
	moved := restored(t, from, apart+"INSERT INTO leaf_2 SELECT * FROM leaf_1; DELETE FROM leaf_1")
	compared := compare(t, moved, f)
	require.Empty(t, compared.Differences)
	require.Equal(t, 2, compared.Tables)
	require.Equal(t, int64(100), compared.Rows)
	require.Equal(t, "public.tree", compared.PerTable[0].Name)

	changed := restored(t, from, apart+"UPDATE leaf_2 SET t = 'other' WHERE t = 't7' OR t = 't8'")
	require.Len(t, compare(t, changed, f).Differences, 1)

	// With columns in another order, equal rows have other hashes.
	f.Tables[1].Columns = []fingerprint.Name{"t", "n"}
	compared = compare(t, moved, f)
	require.Empty(t, compared.Differences)
	require.Equal(t, []string{"rows of table public.tree: its partitions have their columns in different orders, so that only the number of rows was compared"}, compared.NotProven)
}

func TestARoleThatMayNotReadEverything(t *testing.T) {
	t.Parallel()
	user, password := localenvtest.User(t)
	from := source(t, `CREATE TABLE seen AS SELECT 1 AS i; CREATE TABLE hidden AS SELECT 1 AS i; CREATE TABLE rows_hidden AS SELECT 1 AS i; ALTER TABLE rows_hidden ENABLE ROW LEVEL SECURITY;
		CREATE SEQUENCE own; GRANT SELECT ON seen, rows_hidden TO `+user)
	f := dumped(t, from)
	c, r := request(t, from, f)
	p := localenvtest.Postgres(t)
	c.Source = signintest.Given{Secret: p.URI("postgres", user, password)}
	compared, err := c.Compare(t.Context(), r, meter())
	require.NoError(t, err)
	require.Empty(t, compared.Differences)
	require.Equal(t, 1, compared.Tables)
	require.Equal(t, []string{
		"table public.hidden: the role may not read it", "sequence public.own: the role may not read it", "table public.rows_hidden: row-level security hides rows from the role",
	}, compared.NotProven)
}

func TestASelection(t *testing.T) {
	t.Parallel()
	from := source(t, shop)
	f := dumped(t, from)
	to := restored(t, from, `DROP SCHEMA "Shop's" CASCADE; DROP EXTENSION pgvaultread; DROP TABLE parts, parent, child, ids, empty; DROP SEQUENCE fresh, used; SELECT lo_unlink(oid) FROM pg_largeobject_metadata`)
	c, r := request(t, to, f)
	r.Only = &readback.Selection{Tables: map[int]bool{}}
	for _, table := range f.Tables {
		r.Only.Tables[table.DumpID] = table.Name == "twins"
	}
	compared, err := c.Compare(t.Context(), r, meter())
	require.NoError(t, err)
	require.Empty(t, compared.Differences)
	require.Equal(t, 1, compared.Tables)
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), to, "CREATE TABLE more AS SELECT 1 AS i"))
	compared, err = c.Compare(t.Context(), r, meter())
	require.NoError(t, err)
	require.Len(t, compared.Differences, 1)
}

// A setting that the server does not take may be the reason of a difference, but
// not of another number of rows.
func TestASettingThatTheServerLacks(t *testing.T) {
	t.Parallel()
	from := source(t, "CREATE TABLE price AS SELECT 1::money AS m; CREATE TABLE n AS SELECT 1 AS i")
	f := dumped(t, from)
	f.Settings = append(f.Settings, fingerprint.Setting{Name: "lc_monetary", Value: "xx_XX.nowhere"})
	f.Tables[1].Sum.Lo++
	compared := compare(t, restored(t, from, "DELETE FROM n"), f)
	require.Equal(t, []string{"table public.n: rows (expected 1 rows, found 0 rows)"}, found(compared))
	require.Equal(t, []string{
		"rows that the setting lc_monetary shapes: the server does not take the dump's value",
		"rows of table public.price: they differ, maybe by settings that the server does not take: lc_monetary",
	}, compared.NotProven)
}

// A file may come from a stranger.
func TestAHostileFile(t *testing.T) {
	t.Parallel()
	from := source(t, `CREATE SCHEMA evil; CREATE FUNCTION evil.ge(tid, tid) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''evil''; END';
		CREATE OPERATOR evil.>= (FUNCTION = evil.ge, LEFTARG = tid, RIGHTARG = tid); CREATE TABLE big AS SELECT repeat('x', 100) AS t FROM generate_series(1, 300000)`)
	f := dumped(t, from)
	f.Settings = append(f.Settings, fingerprint.Setting{Name: "search_path", Value: "evil, pg_catalog"})
	require.Empty(t, compare(t, from, f).Differences)

	unknown := f
	unknown.Settings = []fingerprint.Setting{{Name: "session_replication_role', 'replica', false); DROP TABLE big; --", Value: "x"}}
	c, r := request(t, from, unknown)
	_, err := c.Compare(t.Context(), r, meter())
	require.Equal(t, failure.VerificationFailed, failure.CodeOf(err), "%v", err)

	odd := f
	odd.Tables = append(odd.Tables, fingerprint.Table{DumpID: 999, Schema: "public", Name: fingerprint.Name("x\"; DROP TABLE big; --\n" + strings.Repeat("long", 1000)), Columns: []fingerprint.Name{`c"d`}})
	compared := compare(t, from, odd)
	require.Len(t, compared.Differences, 1)
	require.NotContains(t, compared.Differences[0].Object, "\n")
	require.Less(t, len(compared.Differences[0].Object), 300)

	c, r = request(t, from, f)
	c.Source = signintest.Given{Secret: secret.String{}}
	_, err = c.Compare(t.Context(), r, meter())
	require.Error(t, err)
}
