package azureblob_test

import (
	"io"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// shortener returns one byte less than requested.
type shortener struct{ next http.RoundTripper }

func (s shortener) Do(r *http.Request) (*http.Response, error) {
	answer, err := s.next.RoundTrip(r)
	if err != nil || r.Method != http.MethodGet || answer.ContentLength < 1 {
		return answer, err
	}
	answer.ContentLength--
	answer.Header.Set("Content-Length", strconv.FormatInt(answer.ContentLength, 10))
	answer.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(answer.Body, answer.ContentLength), answer.Body}
	return answer, nil
}

// An outage would be retried, and this one would never end.
func TestAnAnswerThatIsTooShortIsNoOutage(t *testing.T) {
	t.Parallel()
	credential, err := azure.Credential()
	require.NoError(t, err)
	c, err := azureblob.Open(localenvtest.Container(t), credential, azureblob.Options{Transport: shortener{http.DefaultTransport}})
	require.NoError(t, err)
	put, err := c.Put(t.Context(), "blob", []byte("content"), nil)
	require.NoError(t, err)
	_, _, err = c.Get(t.Context(), "blob", 100)
	require.ErrorIs(t, err, blobstore.ErrTooShort)
	require.ErrorContains(t, err, "blob")
	_, err = c.OpenRange(t.Context(), "blob", put.ETag, 0, put.Size)
	require.ErrorIs(t, err, blobstore.ErrTooShort)
	_, err = c.OpenRange(t.Context(), "blob", put.ETag, put.Size, 10)
	require.ErrorIs(t, err, blobstore.ErrTooShort)
}
