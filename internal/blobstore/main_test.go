package blobstore_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestMain(m *testing.M) { localenvtest.Main(m) }

// open makes a container of the test's own in the shared account.
func open(t testing.TB) *blobstore.Container {
	t.Helper()
	return openAt(t, localenvtest.Container(t), azureblob.Options{})
}

func openAt(t testing.TB, url string, o azureblob.Options) *blobstore.Container {
	t.Helper()
	c, err := azureblob.Open(url, localenvtest.Azurite(t).Credential(), o)
	require.NoError(t, err)
	return c
}

// noise is a stream that no storage shortens, the same for the same seed.
func noise(seed uint64, size int64) io.Reader {
	var key [32]byte
	key[0] = byte(seed)
	return io.LimitReader(rand.NewChaCha8(key), size)
}

func noiseBytes(t testing.TB, seed uint64, size int64) []byte {
	t.Helper()
	content, err := io.ReadAll(noise(seed, size))
	require.NoError(t, err)
	return content
}

func hexSum(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func names(t testing.TB, c *blobstore.Container, prefix string) (list []string) {
	t.Helper()
	for b, err := range c.List(t.Context(), prefix) {
		require.NoError(t, err)
		list = append(list, b.Name)
	}
	return list
}
