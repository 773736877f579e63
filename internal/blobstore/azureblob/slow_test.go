package azureblob_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/blobstore/blobstoretest"
)

// slowStorage holds one blob behind a slow connection. Its delays are by the
// clock of the test's bubble.
type slowStorage struct {
	content  []byte
	part     int
	pause    time.Duration
	hang     int // number of requests that stall after the first part
	requests int
}

// open returns the container with a client of its own.
func (s *slowStorage) open(t *testing.T) *blobstore.Container {
	t.Helper()
	c, err := azureblob.Open("https://account.blob.example/vault", anybody{}, azureblob.Options{Transport: s})
	require.NoError(t, err)
	return c
}

func (s *slowStorage) Do(r *http.Request) (*http.Response, error) {
	s.requests++
	answer := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Etag": {`"tag"`}}, Body: http.NoBody, Request: r}
	line := &slowParts{storage: s, request: r, hang: s.requests <= s.hang}
	switch r.Method {
	case http.MethodPut:
		line.Reader, answer.StatusCode = r.Body, http.StatusCreated
		if _, err := io.Copy(io.Discard, line); err != nil {
			return nil, err
		}
	case http.MethodHead:
		answer.Header.Set("Content-Length", strconv.Itoa(len(s.content)))
	case http.MethodGet:
		line.Reader, answer.StatusCode = bytes.NewReader(s.content), http.StatusPartialContent
		answer.Body = io.NopCloser(line)
	}
	return answer, nil
}

type slowParts struct {
	io.Reader
	storage *slowStorage
	request *http.Request
	hang    bool
	parts   int
}

func (p *slowParts) Read(b []byte) (int, error) {
	if p.parts++; p.hang && p.parts > 1 {
		<-p.request.Context().Done()
	}
	select {
	case <-p.request.Context().Done():
	case <-time.After(p.storage.pause): // the bubble's clock
	}
	if err := p.request.Context().Err(); err != nil {
		return 0, err
	}
	return p.Reader.Read(b[:min(len(b), p.storage.part)])
}

// anybody is a credential that always signs in.
type anybody struct{}

func (anybody) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "t", ExpiresOn: time.Now().Add(24 * time.Hour)}, nil
}

func TestABlockOnASlowLineIsSentOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &slowStorage{part: 8 << 10, pause: 20 * time.Second}
		began, moved := time.Now(), 0
		_, err := s.open(t).NewStaging("dump").Stage(t.Context(), make([]byte, 4*mib), func() { moved++ })
		require.NoError(t, err)
		require.Equal(t, 1, s.requests)
		require.Equal(t, 512, moved)
		require.Greater(t, time.Since(began), 20*time.Minute)
	})
}

func TestABlockOnALineThatStandsStillIsSentAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &slowStorage{part: 8 << 10, hang: 1}
		began, moved := time.Now(), 0
		_, err := s.open(t).NewStaging("dump").Stage(t.Context(), make([]byte, mib), func() { moved++ })
		require.NoError(t, err)
		require.Equal(t, 2, s.requests)
		require.Equal(t, 1+128, moved)
		require.Less(t, time.Since(began), 2*time.Minute)
	})
}

func TestAVerificationOverASlowLineReadsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		content := blobstoretest.NoiseBytes(t, 1, 4*mib)
		s := &slowStorage{content: content, part: 8 << 10, pause: 20 * time.Second}
		moved := 0
		sum, err := s.open(t).Verify(t.Context(), "dump", "tag", []blobstore.Block{{Size: 4 * mib, SHA256: blobstore.HashOf(content)}}, 0,
			blobstore.Checkpoint{}, blobstore.Observer{Moved: func() { moved++ }})
		require.NoError(t, err)
		require.Equal(t, blobstore.HashOf(content), sum)
		require.Equal(t, 2, s.requests, "one look, and one reading")
		require.Equal(t, 512, moved)
	})
}
