package azureblob_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/blobstore/blobstoretest"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestCancelEndsAStreamAtOnce(t *testing.T) {
	t.Parallel()
	hold := &holder{begun: make(chan struct{}, 1), release: make(chan struct{})}
	c := openAt(t, localenvtest.Container(t), azureblob.Options{Transport: hold})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- blobstoretest.NewStreamOf(ctx, c, "dump", blobstore.NewAssemblyPlan(1, 0, 0)).CopyFrom(blobstoretest.Noise(1, 1<<40))
	}()
	<-hold.begun
	cancel()
	requireSoon(t, done, context.Canceled)
}

func TestStreamRidesOutServerErrors(t *testing.T) {
	t.Parallel()
	proxy, url := proxied(t)
	c := openAt(t, url, azureblob.Options{})
	proxy.FailNext(4, http.StatusServiceUnavailable, 0, nil)
	u := blobstoretest.NewStream(t, c, "dump")
	require.NoError(t, u.CopyFrom(blobstoretest.Noise(3, 20*mib)))
	proxy.FailNext(2, http.StatusInternalServerError, 0, nil)
	made, err := u.Commit(t.Context(), nil)
	require.NoError(t, err)
	requireWhole(t, c, made, u.Run.Blocks(), blobstoretest.NoiseBytes(t, 3, 20*mib))
}

func TestStreamRidesOutAnOutage(t *testing.T) {
	t.Parallel()
	azurite := ownAzurite(t)
	watch := &failureWatch{}
	c := openAt(t, containerOf(t, azurite), azureblob.Options{Transport: watch})
	content := blobstoretest.NoiseBytes(t, 5, 64*mib)
	started := make(chan error, 1)
	r := &pausing{r: bytes.NewReader(content), at: 24 * mib, pause: func() {
		azurite.Halt()
		go func() {
			<-watch.failures(12) // each block in transit has been retried by then
			started <- azurite.Start(context.Background())
		}()
	}}
	u := blobstoretest.NewStream(t, c, "dump")
	require.NoError(t, u.CopyFrom(r))
	require.NoError(t, <-started)
	made, err := u.Commit(t.Context(), nil)
	require.NoError(t, err)
	requireWhole(t, c, made, u.Run.Blocks(), content)
}

// Content altered in transit does not match its checksum and is refused.
// Azurite reports that by a code of its own, which ends the upload.
func TestBytesThatChangeOnTheirWay(t *testing.T) {
	t.Parallel()
	corrupt := &corrupter{}
	c := openAt(t, localenvtest.Container(t), azureblob.Options{Transport: corrupt})
	corrupt.left.Store(1)
	require.Error(t, blobstoretest.NewStream(t, c, "dump").CopyFrom(blobstoretest.Noise(9, mib)))
	corrupt.left.Store(1)
	_, err := c.PutNew(t.Context(), "small", []byte("manifest"), nil)
	require.Error(t, err)
	require.Empty(t, names(t, c, ""))
}

// Azure's own code for altered content leads to a retry.
func TestStreamSendsAgainWhatChangedOnItsWay(t *testing.T) {
	t.Parallel()
	proxy, url := proxied(t)
	proxy.Answer(2, nil, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("x-ms-error-code", "Md5Mismatch")
		w.WriteHeader(http.StatusBadRequest)
	})
	c := openAt(t, url, azureblob.Options{})
	require.NoError(t, blobstoretest.NewStream(t, c, "dump").CopyFrom(blobstoretest.Noise(9, 10*mib)))
}

func TestStreamGivesUpAfterTheLimit(t *testing.T) {
	t.Parallel()
	c := openAt(t, "https://127.0.0.1:1/account/container", azureblob.Options{OutageLimit: 600 * time.Millisecond})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // far above the outage limit
	defer cancel()
	err := blobstoretest.NewStreamOf(ctx, c, "dump", blobstore.NewAssemblyPlan(1, 0, 0)).CopyFrom(blobstoretest.Noise(1, 1<<40))
	require.Equal(t, failure.StorageUnavailable, failure.CodeOf(err), err)
	require.NoError(t, ctx.Err())
}

func requireSoon(t *testing.T, done <-chan error, target error) {
	t.Helper()
	select {
	case err := <-done:
		require.ErrorIs(t, err, target)
	case <-time.After(time.Minute):
		require.Fail(t, "it goes on")
	}
}

// ownAzurite starts an Azurite that only this test uses, so that the test can
// stop it.
func ownAzurite(t *testing.T) *localenv.Azurite {
	t.Helper()
	azurite, err := localenv.StartAzurite(t.Context(), localenv.AzuriteOptions{CA: localenvtest.CA(t)})
	require.NoError(t, err)
	t.Cleanup(azurite.Stop)
	return azurite
}

func containerOf(t *testing.T, azurite *localenv.Azurite) string {
	t.Helper()
	url, err := azurite.CreateContainer(t.Context(), "vault")
	require.NoError(t, err)
	return url
}

// pausing is a reader that calls a function after a number of bytes.
type pausing struct {
	r     io.Reader
	at    int64
	pause func()
}

func (p *pausing) Read(b []byte) (int, error) {
	n, err := p.r.Read(b[:min(len(b), 1<<20)])
	if p.at > 0 && p.at <= int64(n) {
		p.pause()
	}
	p.at -= int64(n)
	return n, err
}
