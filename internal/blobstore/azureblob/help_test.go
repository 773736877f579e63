package azureblob_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

const (
	mib = int64(1) << 20
	gib = 1024 * mib
)

func TestMain(m *testing.M) { localenvtest.Main(m) }

// open creates a container for the test in the shared account.
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

func requireWhole(t *testing.T, c *blobstore.Container, made blobstore.Blob, blocks []blobstore.Block, content []byte) {
	t.Helper()
	sum, err := c.Verify(t.Context(), made.Name, made.ETag, blocks, 0, blobstore.Checkpoint{}, blobstore.Observer{})
	require.NoError(t, err)
	require.Equal(t, blobstore.HashOf(content), sum)
}

func names(t testing.TB, c *blobstore.Container, prefix string) (list []string) {
	t.Helper()
	for b, err := range c.List(t.Context(), prefix) {
		require.NoError(t, err)
		list = append(list, b.Name)
	}
	return list
}
