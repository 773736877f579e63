package azureblob_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/blobstore/backendtest"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func backend(t *testing.T, url string) blobstore.Backend {
	t.Helper()
	b, err := azureblob.New(url, localenvtest.Azurite(t).Credential(), nil)
	require.NoError(t, err)
	return b
}

func TestAzuriteIsABackend(t *testing.T) {
	t.Parallel()
	backendtest.Run(t, func(t *testing.T) blobstore.Backend { return backend(t, localenvtest.Container(t)) })
}

// Azurite has no versions. A stand-in in front of it adds them.
func TestStandInIsABackend(t *testing.T) {
	t.Parallel()
	backendtest.Run(t, func(t *testing.T) blobstore.Backend {
		_, url, _ := localenvtest.Immutable(t)
		return backend(t, url)
	})
}

func TestStandInKeepsVersions(t *testing.T) {
	t.Parallel()
	backendtest.RunVersions(t, func(t *testing.T) backendtest.Versioned {
		storage, url, _ := localenvtest.Immutable(t)
		plain, err := localenvtest.Azurite(t).CreateContainer(t.Context(), localenvtest.Unique())
		require.NoError(t, err)
		return backendtest.Versioned{
			Backend: backend(t, url),
			Advance: storage.Advance,
			Plain:   backend(t, storage.URL+strings.TrimPrefix(plain, localenvtest.Azurite(t).URL)),
		}
	})
}

// Azurite completes each copy at once. A proxy in front of it delays the
// copies.
func TestStandInDelaysCopies(t *testing.T) {
	t.Parallel()
	backendtest.RunSlowCopies(t, func(t *testing.T) backendtest.SlowCopies {
		proxy, err := localenv.StartProxy(localenvtest.Azurite(t).URL, localenvtest.CA(t))
		require.NoError(t, err)
		t.Cleanup(proxy.Stop)
		copies := proxy.DelayRehydrations()
		url := proxy.URL + strings.TrimPrefix(localenvtest.Container(t), localenvtest.Azurite(t).URL)
		return backendtest.SlowCopies{Backend: backend(t, url), Finish: copies.Finish, Fail: copies.Fail}
	})
}
