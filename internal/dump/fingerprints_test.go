package dump_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/dump"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// nastyRows has rows whose text is not simple, and settings that shape it.
const nastyRows = `
	CREATE EXTENSION pg_trgm;
	CREATE TABLE texts (t text, u text);
	INSERT INTO texts VALUES (E'a\nb', NULL), ('\N', ''), (E'\\.', E'\r\n\t\\'), (NULL, NULL), (NULL, NULL), ('', NULL), (E'\\.\n', 'x');
	CREATE TABLE one (t text); INSERT INTO one VALUES (E'\\.'), (E'\\.\n\n\n'), (''), (NULL), (E'\n');
	CREATE TABLE long AS SELECT repeat('x', 9000000) AS t UNION ALL SELECT repeat(E'\n', 3000000);
	CREATE TABLE wide AS SELECT i, 1 c1, 2 c2, 3 c3, 4 c4, 5 c5, 6 c6, 7 c7, 8 c8, 9 c9, 10 c10, 11 c11, 12 c12, 13 c13, 14 c14, 15 c15,
		16 c16, 17 c17, 18 c18, 19 c19, 20 c20, 21 c21, 22 c22, 23 c23, 24 c24, 25 c25, 26 c26, 27 c27, 28 c28, NULL::int c29 FROM generate_series(1, 100) i;
	CREATE TABLE shaped AS SELECT '\x00ff27'::bytea b, '2026-03-04 05:06:07.89+00'::timestamptz z, '1 year -2 days 3:04'::interval i, 0.1::float4 f,
		1e-300::float8 d, '12.34'::money m, '<a/>'::xml x, 'public.texts'::regclass r, 'infinity'::date n, ARRAY['a,b', NULL, '"'] a;
	CREATE TABLE conf (name text); INSERT INTO conf VALUES ('a_b'), ('axb'), ('other'); ALTER EXTENSION pg_trgm ADD TABLE conf;
	UPDATE pg_extension SET extconfig = ARRAY['conf'::regclass::oid], extcondition = ARRAY['WHERE name LIKE ''a\_b'''] WHERE extname = 'pg_trgm';
	CREATE SEQUENCE unused; CREATE SEQUENCE "od'd ""\" START 5 INCREMENT -2 MINVALUE -9223372036854775808 MAXVALUE 9; SELECT nextval('"od''d ""\"');
	SELECT setval('"od''d ""\"', -9223372036854775808);
	ALTER DATABASE %[1]s SET TimeZone = 'Asia/Kathmandu'; ALTER DATABASE %[1]s SET DateStyle = 'SQL, DMY'; ALTER DATABASE %[1]s SET IntervalStyle = 'iso_8601';
	ALTER DATABASE %[1]s SET bytea_output = 'escape'; ALTER DATABASE %[1]s SET extra_float_digits = 0; ALTER DATABASE %[1]s SET xmloption = 'document';
	ALTER DATABASE %[1]s SET standard_conforming_strings = off;`

// nasty is dumping of a database with nastyRows and manyShapes.
func nasty(t *testing.T) (dump.Dumper, dump.Request) {
	t.Helper()
	d, r := dumping(t, localenvtest.Container(t), azureblob.Options{})
	p := localenvtest.Postgres(t)
	require.NoError(t, p.Exec(t.Context(), r.Account.Database, manyShapes))
	require.NoError(t, p.Exec(t.Context(), r.Account.Database, fmt.Sprintf(nastyRows, r.Account.Database)))
	return d, r
}

// printsOf returns the stored fingerprints of a dump, which must be the described
// ones.
func printsOf(t *testing.T, c *blobstore.Container, name string, described dump.Stored) fingerprint.File {
	t.Helper()
	content, _, err := c.Get(t.Context(), name, 1<<30)
	require.NoError(t, err)
	require.Equal(t, dump.Stored{Size: int64(len(content)), SHA256: blobstore.HashOf(content)}, described)
	f, err := fingerprint.Decode(strings.NewReader(string(content)), func(int64) error { return nil })
	require.NoError(t, err)
	return f
}

func TestBothMethodsMakeTheSameFingerprints(t *testing.T) {
	t.Parallel()
	d, r := nasty(t)
	parallel, err := d.Stream(t.Context(), r, progress.NewMeter(time.Now, "dump"))
	require.NoError(t, err)
	require.Equal(t, dump.Parallel, parallel.Layout.Method)
	want := printsOf(t, d.Container, r.FingerprintsBlob, parallel.Fingerprints)
	require.Equal(t, expectedObjects(t, r.Account.Database), want.LargeObjects)
	checkNasty(t, want)
	want = withoutPieces(t, want)

	for _, compression := range []string{"none", "gzip"} {
		pooledDumper, again := pooled(t, d, r)
		again.Blob, again.BlocksBlob, again.FingerprintsBlob = compression, compression+".txt", compression+".json"
		again.Compression.Algorithm = compression
		single, err := pooledDumper.Stream(t.Context(), again, progress.NewMeter(time.Now, "dump"))
		require.NoError(t, err)
		require.Equal(t, dump.SingleStream, single.Layout.Method)
		require.Equal(t, parallel.Rows, single.Rows)
		found := printsOf(t, d.Container, again.FingerprintsBlob, single.Fingerprints)
		require.Equal(t, want, found, compression)
	}
}

// withoutPieces adds the pieces of tables up and returns f without them.
func withoutPieces(t *testing.T, f fingerprint.File) fingerprint.File {
	t.Helper()
	pieces := 0
	for i := range f.Tables {
		var sum fingerprint.Rows
		for _, piece := range f.Tables[i].Pieces {
			sum.Add(piece)
			pieces++
		}
		if f.Tables[i].Pieces != nil {
			require.Equal(t, f.Tables[i].Rows, sum, f.Tables[i].Name)
		}
		f.Tables[i].Pieces = nil
	}
	require.Greater(t, pieces, 2)
	return f
}

// checkNasty checks what the file says of the tables besides their sums.
func checkNasty(t *testing.T, f fingerprint.File) {
	t.Helper()
	tables := map[fingerprint.Name]fingerprint.Table{}
	for _, table := range f.Tables {
		tables[table.Name] = table
	}
	for name, count := range map[fingerprint.Name]int64{"busy": 1000, "large": 69999, "empty": 0, "columnless": 1, "texts": 7, "one": 5, "long": 2, "wide": 100, "conf": 2, `odd "name`: 1000} {
		require.Equal(t, count, tables[name].Count, name)
	}
	require.Equal(t, fingerprint.Sum{}, tables["empty"].Sum)
	require.Empty(t, tables["columnless"].Columns)
	require.Equal(t, []fingerprint.Name{"a(b)"}, tables[`odd "name`].Columns, "a generated column is not dumped")
	require.Len(t, tables["wide"].Columns, 30)
	require.True(t, tables["conf"].Filtered)
	require.False(t, tables["texts"].Filtered)
	root := &fingerprint.TableName{Schema: "public", Name: "by_mood"}
	require.Equal(t, root, tables["by mood 0"].Into)
	require.Equal(t, root, tables["by mood 1"].Into)
	require.EqualValues(t, 300, tables["by mood 0"].Count+tables["by mood 1"].Count)
	require.Nil(t, tables["texts"].Into)
	require.Equal(t, []fingerprint.Sequence{
		{Schema: "public", Name: `od'd "\`, Last: -9223372036854775808, Called: true}, {Schema: "public", Name: "unused", Last: 1},
	}, f.Sequences)
	values := map[string]string{}
	for _, s := range f.Settings {
		values[s.Name] = s.Value
	}
	require.Equal(t, map[string]string{
		"TimeZone": "Asia/Kathmandu", "DateStyle": "ISO", "IntervalStyle": "postgres", "extra_float_digits": "3", "bytea_output": "escape",
		"lc_monetary": values["lc_monetary"], "xmloption": "document", "client_encoding": "UTF8", "quote_all_identifiers": "on",
		"search_path": "", "standard_conforming_strings": "off",
	}, values)
	require.NotEmpty(t, values["lc_monetary"])
}

// expectedObjects returns the large objects of the database.
func expectedObjects(t *testing.T, database string) (all []fingerprint.Object) {
	t.Helper()
	conn, err := localenvtest.Postgres(t).Connect(t.Context(), database)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	rows, err := conn.Query(t.Context(), "SELECT oid, lo_get(oid) FROM pg_largeobject_metadata ORDER BY oid")
	require.NoError(t, err)
	for rows.Next() {
		var oid uint32
		var content []byte
		require.NoError(t, rows.Scan(&oid, &content))
		all = append(all, fingerprint.Object{OID: oid, Bytes: int64(len(content)), SHA256: sha256.Sum256(content)})
	}
	require.NoError(t, rows.Err())
	require.Len(t, all, 7)
	return all
}

// A unit that is started again has its fingerprints once.
func TestFingerprintsAfterALostConnection(t *testing.T) {
	t.Parallel()
	d, r := nasty(t)
	whole, err := d.Stream(t.Context(), r, progress.NewMeter(time.Now, "dump"))
	require.NoError(t, err)
	gate := newGate(t, localenvtest.Postgres(t).Port)
	gate.cut = map[int]int64{firstDataConnection: 5 << 20, firstDataConnection + 1: 3 << 20, firstDataConnection + 2: 1 << 20}
	again := r
	again.Blob, again.BlocksBlob, again.FingerprintsBlob = "again", "again.txt", "again.json"
	result, err := gate.stream(d, again)
	require.NoError(t, err)
	require.Greater(t, gate.count(), firstDataConnection+2, "nothing was lost")
	require.Equal(t, dump.Parallel, result.Layout.Method)
	require.Equal(t, printsOf(t, d.Container, r.FingerprintsBlob, whole.Fingerprints), printsOf(t, d.Container, again.FingerprintsBlob, result.Fingerprints))
}
