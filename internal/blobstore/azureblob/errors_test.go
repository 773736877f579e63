package azureblob_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/blobstore/blobstoretest"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/signin/whose"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestOpenRefusesWhatIsNoContainer(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"", "http://a.blob.core.windows.net/c", "https://a.blob.core.windows.net", "https://a.blob.core.windows.net/",
		"https://a.blob.core.windows.net/c/blob", "https://a.blob.core.windows.net/c?sig=secret", "https://u:p@a.blob.core.windows.net/c",
	} {
		_, err := azureblob.Open(url, nil, azureblob.Options{})
		require.Equal(t, failure.InvalidConfiguration, failure.CodeOf(err), "%q: %v", url, err)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestMissingContainer(t *testing.T) {
	t.Parallel()
	c := openAt(t, localenvtest.Azurite(t).ContainerURL("absent"), azureblob.Options{})
	for what, err := range everything(t, c) {
		require.Equal(t, failure.ContainerNotAccessible, failure.CodeOf(err), "%s: %v", what, err)
		require.ErrorContains(t, err, "az storage container create --auth-mode login --account-name devstoreaccount1 --name absent", what)
	}
}

func TestMissingRole(t *testing.T) {
	t.Parallel()
	proxy, container := proxied(t)
	c := openAt(t, container, azureblob.Options{})
	proxy.Forbid(nil)
	for what, err := range everything(t, c) {
		require.Equal(t, failure.ContainerNotAccessible, failure.CodeOf(err), "%s: %v", what, err)
		require.ErrorContains(t, err, `az role assignment create --role "Storage Blob Data Contributor"`, what)
		require.ErrorContains(t, err, "devstoreaccount1", what)
		require.ErrorContains(t, err, "the worker's identity may not", what)
		require.NotContains(t, err.Error(), "az login", what)
	}
	_, _, err := openAt(t, container, azureblob.Options{By: whose.Person}).Get(t.Context(), "a", 1)
	require.ErrorContains(t, err, "your own sign-in to Azure may not use container")
	require.ErrorContains(t, err, `--assignee "$(az ad signed-in-user show --query id --output tsv)" `)
	require.ErrorContains(t, err, "or sign in as somebody who may: az login")
}

// The role of a reader allows listing, which is not enough.
func TestCheckWriteSeesThatOnlyReadingIsAllowed(t *testing.T) {
	t.Parallel()
	proxy, container := proxied(t)
	proxy.Forbid(func(r *http.Request) bool { return r.Method == http.MethodPut })
	err := openAt(t, container, azureblob.Options{}).CheckWrite(t.Context(), "x/")
	require.Equal(t, failure.ContainerNotAccessible, failure.CodeOf(err), err)
}

func TestStorageThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"https://127.0.0.1:1/account/container", "https://no-such-account.invalid/container"} {
		c := openAt(t, url, azureblob.Options{OutageLimit: time.Millisecond})
		for what, err := range everything(t, c) {
			require.Equal(t, failure.StorageUnavailable, failure.CodeOf(err), "%s: %v", what, err)
			require.True(t, failure.CodeOf(err).Retryable())
		}
	}
}

func TestUntrustedCertificate(t *testing.T) {
	t.Parallel()
	c := openAt(t, localenvtest.Container(t), azureblob.Options{Transport: &http.Client{Transport: untrusting()}})
	_, err := c.ServerTime(t.Context())
	require.Equal(t, failure.ContainerNotAccessible, failure.CodeOf(err), err)
	require.ErrorContains(t, err, "SSL_CERT_FILE")
}

// TestACertificateOutsideItsTime runs with a clock that is ahead.
func TestACertificateOutsideItsTime(t *testing.T) {
	t.Parallel()
	url := localenvtest.Container(t)
	ahead := &http.Transport{TLSClientConfig: &tls.Config{
		RootCAs: localenvtest.CA(t).Pool(), Time: func() time.Time { return time.Now().AddDate(5, 0, 0) },
	}, DisableKeepAlives: true}
	_, err := openAt(t, url, azureblob.Options{Transport: &http.Client{Transport: ahead}}).ServerTime(t.Context())
	require.Equal(t, failure.ContainerNotAccessible, failure.CodeOf(err), err)
	require.ErrorContains(t, err, "is valid from "+time.Now().UTC().AddDate(0, 0, -1).Format("2006-01"))
	require.ErrorContains(t, err, "this machine's clock says "+time.Now().UTC().Format(time.DateOnly))
	require.ErrorContains(t, err, "NTP")
	require.NotContains(t, err.Error(), "SSL_CERT_FILE")
}

// TestARefusalAtAnotherTime: the storage rejects a token that is not valid yet.
func TestARefusalAtAnotherTime(t *testing.T) {
	t.Parallel()
	proxy, container := proxied(t)
	proxy.Answer(-1, nil, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(-3*time.Hour).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusForbidden)
	})
	_, err := openAt(t, container, azureblob.Options{}).ServerTime(t.Context())
	require.Equal(t, failure.ClockSkew, failure.CodeOf(err), err)
	require.ErrorContains(t, err, "ahead")
	require.ErrorContains(t, err, "NTP")
}

func TestServerErrorsAreTriedAgain(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable} {
		proxy, container := proxied(t)
		proxy.FailNext(3, status, 0, nil)
		_, err := openAt(t, container, azureblob.Options{}).PutNew(t.Context(), "a", []byte("x"), nil)
		require.NoError(t, err, status)
	}
}

func TestCancelledCallsSaySo(t *testing.T) {
	t.Parallel()
	c := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Put(ctx, "a", nil, nil)
	require.ErrorIs(t, err, context.Canceled)
}

// A lost answer to a request that the storage has carried out is not a failure.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	loser := &answerLoser{next: http.DefaultTransport}
	c := openAt(t, localenvtest.Container(t), azureblob.Options{Transport: loser})
	loser.lose(http.MethodPut)
	put, err := c.PutNew(t.Context(), "a", []byte("x"), nil)
	require.NoError(t, err)
	require.NotEmpty(t, put.ETag)

	s := blobstoretest.NewStream(t, c, "dump")
	require.NoError(t, s.CopyFrom(blobstoretest.Noise(1, 100)))
	loser.lose(http.MethodPut)
	made, err := s.Commit(t.Context(), blobstore.Meta{"job": "j"})
	require.NoError(t, err)
	stat, err := c.Stat(t.Context(), "dump")
	require.NoError(t, err)
	require.Equal(t, stat.ETag, made.ETag)

	loser.lose(http.MethodDelete)
	require.NoError(t, c.Delete(t.Context(), "a"))
}

// deaf is a storage that answers writes only.
type deaf struct{}

func (deaf) Do(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPut {
		return nil, errors.New("connection reset by peer")
	}
	return http.DefaultTransport.RoundTrip(r)
}

// If the storage does not answer, the writer of an existing blob is unknown.
func TestABlobThatCannotBeLookedAtIsNotTakenForAnothers(t *testing.T) {
	t.Parallel()
	c := openAt(t, localenvtest.Container(t), azureblob.Options{Transport: deaf{}, OutageLimit: time.Millisecond})
	_, err := c.PutNew(t.Context(), "a", []byte("x"), nil)
	require.NoError(t, err)
	_, err = c.PutNew(t.Context(), "a", []byte("x"), nil)
	require.Equal(t, failure.StorageUnavailable, failure.CodeOf(err), "%v", err)
	require.NotErrorIs(t, err, blobstore.ErrExists)
}

// everything calls each small operation and returns the errors.
func everything(t *testing.T, c *blobstore.Container) map[string]error {
	t.Helper()
	ctx, errs := t.Context(), map[string]error{}
	_, errs["put"] = c.Put(ctx, "a", []byte("x"), nil)
	_, errs["put new"] = c.PutNew(ctx, "a", []byte("x"), nil)
	_, _, errs["get"] = c.Get(ctx, "a", 10)
	_, errs["range"] = c.OpenRange(ctx, "a", "", 0, 1)
	_, errs["time"] = c.ServerTime(ctx)
	_, _, errs["dirs"] = c.ListDirs(ctx, "")
	errs["write"] = c.CheckWrite(ctx, "p/")
	errs["stream"] = blobstoretest.NewStream(t, c, "u").CopyFrom(blobstoretest.Noise(1, 10))
	for _, err := range c.List(ctx, "") {
		errs["list"] = err
	}
	return errs
}

// proxied returns a proxy and the URL of a container behind it.
func proxied(t *testing.T) (*localenv.Proxy, string) {
	t.Helper()
	_, name := splitURL(localenvtest.Container(t))
	proxy, err := localenv.StartProxy(localenvtest.Azurite(t).URL, localenvtest.CA(t))
	require.NoError(t, err)
	t.Cleanup(proxy.Stop)
	return proxy, proxy.URL + "/" + name
}

var errLost = errors.New("connection reset by peer")
