package archive_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestMain(m *testing.M) { localenvtest.Main(m) }

// dumped returns an archive that pg_dump wrote to a pipe, so that it has no
// offsets.
func dumped(t *testing.T, database string) []byte {
	t.Helper()
	return pgDump(t, database)
}

// dumpedToFile returns an archive that pg_dump wrote to a file, so that it has
// offsets.
func dumpedToFile(t *testing.T, database string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "dump")
	pgDump(t, database, "--file="+file)
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	return content
}

// pgDump returns what pg_dump writes to its standard output.
func pgDump(t *testing.T, database string, args ...string) []byte {
	t.Helper()
	p := localenvtest.Postgres(t)
	tools, err := pgtools.Discover(t.Context(), nil)
	require.NoError(t, err)
	uri := p.URI(database, p.Superuser, p.Password)
	dump := exec.CommandContext(context.Background(), tools[0].Path(pgtools.Dump),
		append([]string{"--format=custom", "--dbname=" + uri.Reveal()}, args...)...)
	dump.Env = append(os.Environ(), "PGSSLROOTCERT="+os.Getenv("SSL_CERT_FILE"))
	dump.Stderr = os.Stderr
	out, err := dump.Output()
	require.NoError(t, err)
	return out
}

func TestWithOffsetsWritesTheSameBytesAsPgDump(t *testing.T) {
	t.Parallel()
	p, database := localenvtest.Postgres(t), localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), database, `CREATE TABLE "odd name" AS SELECT i FROM generate_series(1, 1000) i; CREATE TABLE empty ()`))
	file := dumpedToFile(t, database)
	toc, err := archive.ReadTOC(bytes.NewReader(file))
	require.NoError(t, err)
	offsets, tags := map[int]int64{}, []string{}
	for _, e := range toc.Entries {
		if e.HasData() {
			require.Equal(t, archive.OffsetSet, e.State)
			offsets[e.DumpID] = e.Offset
			tags = append(tags, e.Tag)
		}
	}
	require.ElementsMatch(t, []string{"odd name", "empty"}, tags)
	require.Equal(t, toc.Bytes(), toc.WithOffsets(offsets))
	require.Equal(t, file[:len(toc.Bytes())], toc.Bytes())
	require.Equal(t, "UTF8", toc.Encoding())
	require.Equal(t, "SET client_encoding = 'UTF8';\nSET standard_conforming_strings = 'on';\nSELECT pg_catalog.set_config('search_path', '', false);\n", toc.SessionSQL())

	piped, err := archive.ReadTOC(bytes.NewReader(dumped(t, database)))
	require.NoError(t, err)
	for _, e := range piped.Entries {
		require.NotEqual(t, archive.OffsetSet, e.State)
	}
	require.Len(t, piped.Bytes(), len(toc.Bytes()))
}

func TestReadTOCRefusesUnknownVersionsAndCutOffArchives(t *testing.T) {
	t.Parallel()
	_, err := archive.ReadTOC(bytes.NewReader([]byte("PGDMP\x01\x0d\x00\x04\x08\x01")))
	require.ErrorIs(t, err, archive.ErrUnknownVersion)
	good := dumped(t, localenvtest.Database(t))
	toc, err := archive.ReadTOC(bytes.NewReader(good))
	require.NoError(t, err)
	for n := range len(toc.Bytes()) {
		_, err := archive.ReadTOC(bytes.NewReader(good[:n]))
		require.ErrorIs(t, err, archive.ErrDamaged, "cut off after %d bytes", n)
	}
}
