package matrix_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/postgres/pgtools"
)

// The test changes bits of the data, spread over it. Uncompressed data has no
// checksum of its own.
func TestStockToolsNoticeDamage(t *testing.T) {
	t.Parallel()
	for _, c := range combinations(t) {
		t.Run(c.String(), func(t *testing.T) {
			s := newSetting(t, c)
			s.source(t, "UTF8", `CREATE TABLE numbers AS SELECT i, pg_catalog.md5(i::text) FROM generate_series(1, 20000) i`)
			for _, compression := range s.compressions() {
				if compression == "none" {
					continue
				}
				t.Run(compression, func(t *testing.T) { s.requireDamageNoticed(t, compression) })
			}
		})
	}
}

func (s *setting) requireDamageNoticed(t *testing.T, compression string) {
	t.Helper()
	content, _, result := s.dump(t, compression)
	file := filepath.Join(t.TempDir(), "archive.dump")
	reads := func(content []byte) error {
		require.NoError(t, os.WriteFile(file, content, 0o600))
		return exec.CommandContext(t.Context(), s.tools.Path(pgtools.Restore), "--file=/dev/null", file).Run()
	}
	require.NoError(t, reads(content))
	const places = 24
	data := len(content) - int(result.Layout.TOCSize)
	for place := range places {
		damaged := bytes.Clone(content)
		at := int(result.Layout.TOCSize) + data*(2*place+1)/(2*places)
		damaged[at] ^= 1 << (place % 8)
		require.Error(t, reads(damaged), "bit %d of byte %d of %d", place%8, at, len(content))
	}
}
