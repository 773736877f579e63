package e2e_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/blobstoretest"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
)

// The test runs the loop of docs/FORMAT.md.
func TestStockToolsFindTheDamage(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "FORMAT.md"))
	require.NoError(t, err)
	_, loop, ok := strings.Cut(string(document), "offset=0; while")
	require.True(t, ok)
	loop, _, ok = strings.Cut(loop, "```")
	require.True(t, ok)

	content := blobstoretest.NoiseBytes(t, 7, 5<<20)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "blocks.txt"), blobstore.EncodeBlocks(listOf(t, content)), 0o600))
	run := func(content []byte) string {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "orders.dump"), content, 0o600))
		cmd := exec.CommandContext(t.Context(), "sh", "-c", "offset=0; while"+loop)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		return string(out)
	}
	require.Empty(t, run(content))
	altered := bytes.Clone(content)
	altered[2<<20+100+12345] ^= 1
	require.Equal(t, "bytes from 2097252\n", run(altered))
}

// listOf returns the block list of a content in short and long blocks.
func listOf(t *testing.T, content []byte) []blobstore.Block {
	t.Helper()
	s := blobstoretest.NewStream(t, memblob.New(time.Now, memblob.Options{}).Container(0), "dump")
	for _, size := range []int{100, 3<<20 + 5, 1, 2000, 70_000} {
		_, err := s.Run.Write(content[:size])
		require.NoError(t, err)
		s.Run.Cut()
		content = content[size:]
	}
	require.NoError(t, s.CopyFrom(bytes.NewReader(content)))
	return s.Run.Blocks()
}
