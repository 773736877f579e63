package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/trust"
)

func TestOnlyContainersOfTheTrustFileAreOpened(t *testing.T) {
	t.Parallel()
	const listed = "https://contosoexports.blob.core.windows.net/files"
	file, err := trust.Parse([]byte("containers: ["+listed+"]"), "trust.yaml")
	require.NoError(t, err)
	var opened []string
	open := trusted(file, func(url string) (*blobstore.Container, error) {
		opened = append(opened, url)
		return nil, nil
	})
	_, err = open(listed)
	require.NoError(t, err)
	for _, url := range []string{"https://evil.blob.core.windows.net/files", "https://evil.example/files", listed + "?sig=x"} {
		_, err := open(url)
		require.Equal(t, failure.NotTrusted, failure.CodeOf(err), url)
	}
	require.Equal(t, []string{listed}, opened)
}
