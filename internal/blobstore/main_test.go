package blobstore_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
)

// open returns an empty container in memory.
func open(t testing.TB) *blobstore.Container {
	t.Helper()
	_, c := openStore(t)
	return c
}

// openStore returns a container in memory and its store, in which a test
// injects faults.
func openStore(t testing.TB) (*memblob.Store, *blobstore.Container) {
	t.Helper()
	s := memblob.New(time.Now, memblob.Options{})
	return s, s.Container(0)
}

func hexSum(content []byte) string { return blobstore.HashOf(content) }

func names(t testing.TB, c *blobstore.Container, prefix string) (list []string) {
	t.Helper()
	for b, err := range c.List(t.Context(), prefix) {
		require.NoError(t, err)
		list = append(list, b.Name)
	}
	return list
}
