package localenv_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// storage sends requests as an SDK does.
type storage struct {
	*localenv.Immutable
	url string
}

// do sends a request and returns the answer's status and error code.
func (s storage) do(t *testing.T, method, path string, header map[string]string) (status int, code string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(""))
	require.NoError(t, err)
	token, err := localenvtest.Azurite(t).Credential().GetToken(t.Context(), policy.TokenRequestOptions{})
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+token.Token)
	r.Header.Set("x-ms-version", "2021-12-02")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	answer, err := localenvtest.Azurite(t).Client().Do(r)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	_, err = io.Copy(io.Discard, answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, answer.Header.Get("x-ms-error-code")
}

func (s storage) put(t *testing.T, path string) {
	t.Helper()
	status, code := s.do(t, http.MethodPut, path, map[string]string{"x-ms-blob-type": "BlockBlob"})
	require.Equal(t, http.StatusCreated, status, code)
}

func TestImmutableIsStrict(t *testing.T) {
	t.Parallel()
	standIn, url, name := localenvtest.Immutable(t)
	s := storage{standIn, url}
	s.put(t, "/a")
	tomorrow := time.Now().AddDate(0, 0, 1)
	const until, mode = "x-ms-immutability-policy-until-date", "x-ms-immutability-policy-mode"
	rfc1123 := tomorrow.UTC().Format(http.TimeFormat)
	for _, refused := range []struct {
		path   string
		header map[string]string
		status int
		code   string
	}{
		{"/none", map[string]string{until: rfc1123}, 404, "BlobNotFound"},
		{"/a?versionid=none", map[string]string{until: rfc1123}, 404, "BlobNotFound"},
		{"/a", nil, 400, "InvalidHeaderValue"},
		{"/a", map[string]string{until: tomorrow.UTC().Format(time.RFC3339)}, 400, "InvalidHeaderValue"},
		{"/a", map[string]string{until: time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat)}, 400, "InvalidHeaderValue"},
		{"/a", map[string]string{until: rfc1123, mode: "Mutable"}, 400, "InvalidHeaderValue"},
		{"/a", map[string]string{until: rfc1123, "x-ms-version": "2019-12-12"}, 400, "InvalidHeaderValue"},
	} {
		query := "?comp=immutabilityPolicies"
		if strings.Contains(refused.path, "?") {
			query = "&comp=immutabilityPolicies"
		}
		status, code := s.do(t, http.MethodPut, refused.path+query, refused.header)
		require.Equal(t, refused.status, status, "%+v", refused)
		require.Equal(t, refused.code, code, "%+v", refused)
	}
	set := func(header map[string]string) int {
		status, _ := s.do(t, http.MethodPut, "/a?comp=immutabilityPolicies", header)
		return status
	}
	require.Equal(t, 200, set(map[string]string{until: rfc1123}), "unlocked is what it is where nothing is said")
	status, code := s.do(t, http.MethodPut, "/a?comp=metadata", nil)
	require.Equal(t, 409, status)
	require.Equal(t, "BlobImmutableDueToPolicy", code)
	status, _ = s.do(t, http.MethodDelete, "/a?comp=immutabilityPolicies", nil)
	require.Equal(t, 200, status)
	status, _ = s.do(t, http.MethodPut, "/a?comp=metadata", nil)
	require.Equal(t, 200, status)
	require.Equal(t, 2, s.Versions(name, "a"))

	require.Equal(t, 200, set(map[string]string{until: rfc1123, mode: "Locked"}))
	require.Equal(t, 409, set(map[string]string{until: rfc1123, mode: "Unlocked"}))
	require.Equal(t, 409, set(map[string]string{until: tomorrow.Add(-time.Hour).UTC().Format(http.TimeFormat), mode: "Locked"}))
	status, code = s.do(t, http.MethodDelete, "/a?comp=immutabilityPolicies", nil)
	require.Equal(t, 409, status)
	require.Equal(t, "BlobImmutableDueToPolicy", code)
	status, _ = s.do(t, http.MethodDelete, "/a", nil)
	require.Equal(t, 202, status, "deleting the blob hides it")
	status, _ = s.do(t, http.MethodHead, "/a", nil)
	require.Equal(t, 404, status)
	require.Equal(t, 2, s.Versions(name, "a"))
	status, _ = s.do(t, http.MethodPut, "/a", map[string]string{"x-ms-blob-type": "BlockBlob", mode: "Locked"})
	require.Equal(t, 501, status, "no policy comes with a write")
}
