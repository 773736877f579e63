package localenv_test

import (
	"net/http"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestProxyForbidsAndFailsWhatMatches(t *testing.T) {
	t.Parallel()
	container := localenvtest.Container(t)
	proxy, err := localenv.StartProxy(container, localenvtest.CA(t))
	require.NoError(t, err)
	t.Cleanup(proxy.Stop)
	credential := localenvtest.Azurite(t).Credential()
	client, err := blockblob.NewClient(proxy.URL+"/hello.txt", credential, &blockblob.ClientOptions{
		ClientOptions: azcore.ClientOptions{Transport: localenvtest.CA(t).Client()},
	})
	require.NoError(t, err)
	write := func() error {
		_, err := client.UploadBuffer(t.Context(), []byte("hello"), nil)
		return err
	}
	writes := func(r *http.Request) bool { return r.Method == http.MethodPut }

	undo := proxy.Forbid(writes)
	require.True(t, bloberror.HasCode(write(), bloberror.AuthorizationPermissionMismatch))
	undo()
	require.NoError(t, write())
	// A read is used: the SDK's retry of a write races with the body of the
	// first try.
	failures := 0
	proxy.FailNext(1, http.StatusInternalServerError, 0, func(r *http.Request) bool {
		if r.Method == http.MethodGet {
			failures++
		}
		return r.Method == http.MethodGet
	})
	requireHello(t, proxy.URL, credential)
	require.Equal(t, 1, failures, "the SDK rides out one 500")
}

func TestProxyHoldsWhatMatches(t *testing.T) {
	t.Parallel()
	container := localenvtest.Container(t)
	proxy, err := localenv.StartProxy(container, localenvtest.CA(t))
	require.NoError(t, err)
	t.Cleanup(proxy.Stop)
	client, err := blockblob.NewClient(proxy.URL+"/held.txt", localenvtest.Azurite(t).Credential(), &blockblob.ClientOptions{
		ClientOptions: azcore.ClientOptions{Transport: localenvtest.CA(t).Client()},
	})
	require.NoError(t, err)
	held, release := proxy.Hold(func(r *http.Request) bool { return r.Method == http.MethodPut })
	written := make(chan error, 1)
	go func() {
		_, err := client.UploadBuffer(t.Context(), []byte("hello"), nil)
		written <- err
	}()
	<-held
	_, err = client.GetProperties(t.Context(), nil)
	require.True(t, bloberror.HasCode(err, bloberror.BlobNotFound), "only what matches is held: %v", err)
	release()
	require.NoError(t, <-written)
}
