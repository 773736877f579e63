package azureblob_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/failure"
)

// An account without the archive tier, such as a zone-redundant one, answers
// with status 400.
func TestAnAccountWithoutArchiveTier(t *testing.T) {
	t.Parallel()
	proxy, url := proxied(t)
	proxy.Answer(-1, func(r *http.Request) bool { return r.URL.Query().Get("comp") == "tier" }, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("x-ms-error-code", "InvalidBlobTier")
		w.WriteHeader(http.StatusBadRequest)
	})
	c := openAt(t, url, azureblob.Options{})
	store(t, c, []byte("content"))
	err := c.SetTier(t.Context(), "dump", blobstore.Archive)
	require.Equal(t, failure.ArchiveTierNotSupported, failure.CodeOf(err), err)
}
