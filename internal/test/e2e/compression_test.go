package e2e_test

import (
	"bytes"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
)

// The setting is followed from pgvault.yaml to the archive's header and through
// a restore.
func TestCompressionOfTheInstance(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	compressed := func(setting string) instance {
		i := w.unprotected(t, "CREATE TABLE words AS SELECT i, repeat('word ', 20) FROM generate_series(1, 5000) i")
		w.exec(t, i.Database, "GRANT pg_read_all_data TO "+i.user())
		i.More = []string{"dump: {compression: '" + setting + "'}"}
		w.apply(t, i)
		return i
	}
	administrator, sizes := w.administrator(t), map[string]int{}
	for setting, want := range map[string]archive.Header{
		"none": {Compression: archive.None}, "gzip:1": {Compression: archive.Gzip, Level: 1}, "gzip:9": {Compression: archive.Gzip, Level: 9},
	} {
		i := compressed(setting)
		point := w.backup(t, i)
		m := w.manifest(t, i, point)
		require.Equal(t, strconv.Itoa(want.Level), m.at(t, "tool.compression"), setting) // as pg_restore 15 lists it
		content := w.download(t.Context(), t, m.at(t, "dump.blob"))
		toc, err := archive.ReadTOC(bytes.NewReader(content))
		require.NoError(t, err)
		require.Equal(t, want.Compression, toc.Header.Compression, setting)
		require.Equal(t, want.Level, toc.Header.Level, setting)
		sizes[setting] = len(content)
		w.restore(t, i, administrator, i.Database+"_restored", "--point", point)
		require.Equal(t, "5000", w.query(t, i.Database+"_restored", "SELECT count(*)::text FROM words"))
	}
	require.Less(t, sizes["gzip:9"], sizes["gzip:1"])
	require.Less(t, sizes["gzip:1"], sizes["none"]/5)

	w.failing(t, "UserErrorInvalidConfiguration", "backup", compressed("zstd:3").Name, "--wait") // pg_dump 15 has no zstd
}
