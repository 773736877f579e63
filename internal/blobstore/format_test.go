package blobstore_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// TestStockToolsFindTheDamage runs the loop of docs/FORMAT.md.
func TestStockToolsFindTheDamage(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile(filepath.Join("..", "..", "docs", "FORMAT.md"))
	require.NoError(t, err)
	_, loop, ok := strings.Cut(string(document), "offset=0; while")
	require.True(t, ok)
	loop, _, ok = strings.Cut(loop, "```")
	require.True(t, ok)

	s, _ := cutUp(t, open(t))
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "blocks.txt"), blobstore.EncodeBlocks(s.blocks), 0o600))
	run := func(content []byte) string {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "orders.dump"), content, 0o600))
		cmd := exec.CommandContext(t.Context(), "sh", "-c", "offset=0; while"+loop)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		return string(out)
	}
	require.Empty(t, run(s.content))
	altered := bytes.Clone(s.content)
	altered[2*mib+100+12345] ^= 1
	require.Equal(t, "bytes from 2097252\n", run(altered))
}
