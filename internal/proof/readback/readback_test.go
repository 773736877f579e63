package readback_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// shop has a table of each kind.
const shop = `
	CREATE SCHEMA "Shop's";
	CREATE TABLE "Shop's"."or ""ders" (id int PRIMARY KEY, "a ""b" text, at timestamptz, span interval, f float8, raw bytea, twice int GENERATED ALWAYS AS (id * 2) STORED);
	INSERT INTO "Shop's"."or ""ders" SELECT i, repeat(chr(9) || 'ü\' || i, 20), 'epoch'::timestamptz + i * interval '1 hour', i * interval '90 min', i / 3.0, decode('00ff', 'hex') FROM generate_series(1, 20000) i;
	CREATE TABLE empty (); INSERT INTO empty DEFAULT VALUES; INSERT INTO empty DEFAULT VALUES;
	CREATE TABLE parts (n int, t text) PARTITION BY RANGE (n);
	CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100); CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (100) TO (200);
	INSERT INTO parts SELECT i, 't' || i FROM generate_series(0, 199) i;
	CREATE TABLE parent (a int); CREATE TABLE child (b int) INHERITS (parent); INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2, 3);
	CREATE SEQUENCE used; SELECT setval('used', 42); CREATE SEQUENCE fresh; CREATE TABLE ids (id bigint GENERATED ALWAYS AS IDENTITY); INSERT INTO ids DEFAULT VALUES;
	SELECT lo_from_bytea(4711, 'small'), lo_from_bytea(4712, ''), lo_from_bytea(4713, convert_to(repeat('large', 900000), 'UTF8'));
	CREATE EXTENSION pgvaultread; INSERT INTO conf VALUES ('mine');
	CREATE TABLE twins (t text); INSERT INTO twins VALUES ('x'), ('x'), ('y'), ('y')`

func TestEqualDatabases(t *testing.T) {
	t.Parallel()
	from := source(t, shop)
	// What the database sets for its sessions does not matter.
	to := restored(t, from, "SELECT 1")
	p := localenvtest.Postgres(t)
	require.NoError(t, p.Exec(t.Context(), "postgres", fmt.Sprintf(`ALTER DATABASE %[1]s SET "TimeZone" = 'Asia/Tokyo'; ALTER DATABASE %[1]s SET "DateStyle" = 'German'; ALTER DATABASE %[1]s SET bytea_output = 'hex'; ALTER DATABASE %[1]s SET extra_float_digits = 0`, to)))
	f := dumped(t, from)
	for _, connections := range []int{1, 4} {
		c, r := request(t, to, f)
		r.Connections = connections
		m := meter()
		compared, err := c.Compare(t.Context(), r, m)
		require.NoError(t, err)
		require.Empty(t, compared.Differences)
		require.Empty(t, compared.NotProven)
		require.Equal(t, len(f.Tables), compared.Tables)
		require.Len(t, compared.PerTable, len(f.Tables))
		require.Equal(t, int64(20000+2+200+2+1+1+4), compared.Rows)
		require.Equal(t, len(f.Sequences), compared.Sequences)
		require.Equal(t, 3, compared.LargeObjects)
		require.EqualValues(t, len(f.Tables), m.Snapshot().Tables)
	}
}

// Each tampering is found and named, and nothing else is.
func TestTamperedDatabases(t *testing.T) {
	t.Parallel()
	from := source(t, shop)
	f := dumped(t, from)
	for sql, want := range map[string][]string{
		`UPDATE "Shop's"."or ""ders" SET "a ""b" = 'other' WHERE id = 777`: {`^table Shop's\.or "ders: rows \(expected 20000 rows, [0-9a-f]{32}, found 20000 rows, [0-9a-f]{32}\)$`},
		`DELETE FROM "Shop's"."or ""ders" WHERE id = 1`:                    {`^table Shop's\.or "ders: rows \(expected 20000 rows, found 19999 rows\)$`},
		`INSERT INTO twins SELECT 'x'`:                                     {`^table public\.twins: rows \(expected 4 rows, found 5 rows\)$`},
		// The rows of an exclusive or would be the same.
		`UPDATE twins SET t = 'x'`:                              {`^table public\.twins: rows \(expected 4 rows, .*, found 4 rows, .*\)$`},
		`SELECT setval('used', 43)`:                             {`^sequence public\.used: value \(expected 42, found 43\)$`},
		`SELECT setval('used', 42, false)`:                      {`^sequence public\.used: value \(expected 42, found 42, not given yet\)$`},
		`SELECT lo_put(4711, 2, 'x')`:                           {`^large object 4711: content \(expected 5 bytes, SHA-256 .*, found 5 bytes, SHA-256 .*\)$`},
		`SELECT lo_put(4713, 4000000, 'x')`:                     {`^large object 4713: content`},
		`SELECT lo_unlink(4712)`:                                {`^large object 4712: missing \(expected 0 bytes, .*, found no object\)$`},
		`SELECT lo_from_bytea(4000, 'more')`:                    {`^large object 4000: not in the dump$`},
		`DROP TABLE parent CASCADE`:                             {`^table public\.child: missing \(expected 1 rows, .*, found no table\)$`, `^table public\.parent: missing`},
		`CREATE TABLE more AS SELECT 1 AS i`:                    {`^table public\.more: not in the dump \(expected no table, found 1 rows, .*\)$`},
		`ALTER TABLE twins ADD c int`:                           {`^table public\.twins: columns \(expected 1 columns, found 0 missing and 1 others, such as c\)$`},
		`ALTER TABLE twins RENAME t TO c`:                       {`^table public\.twins: columns \(expected 1 columns, found 1 missing and 1 others, such as c\)$`},
		`DROP SEQUENCE fresh`:                                   {`^sequence public\.fresh: missing \(expected 1, not given yet, found no sequence\)$`},
		`CREATE SEQUENCE another`:                               {`^sequence public\.another: not in the dump$`},
		`INSERT INTO conf VALUES ('again')`:                     {`^table public\.conf: rows \(expected 1 rows, found 2 rows\)$`},
		`INSERT INTO child VALUES (1); DELETE FROM ONLY parent`: {`^table public\.child: rows`, `^table public\.parent: rows`},
		// A row of a partition is in its sibling.
		`ALTER TABLE parts DETACH PARTITION parts_1; ALTER TABLE parts DETACH PARTITION parts_2; INSERT INTO parts_2 SELECT * FROM parts_1 WHERE n = 5; DELETE FROM parts_1 WHERE n = 5`: {
			`^table public\.parts_1: rows \(expected 100 rows, found 99 rows\)$`, `^table public\.parts_2: rows \(expected 100 rows, found 101 rows\)$`},
	} {
		t.Run(sql, func(t *testing.T) {
			t.Parallel()
			compared := compare(t, restored(t, from, sql), f)
			differences := found(compared)
			require.Len(t, differences, len(want), "%q", differences)
			for i := range want {
				require.Regexp(t, regexp.MustCompile(want[i]), differences[i])
			}
			require.Empty(t, compared.NotProven)
		})
	}
}
