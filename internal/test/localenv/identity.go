package localenv

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Identity is a managed identity endpoint with App Service's protocol.
type Identity struct {
	Endpoint string

	header string
	signer *signer
	mu     sync.Mutex
	issued map[string]int
	faults faults
}

func newIdentity(endpoint, header string, s *signer) *Identity {
	return &Identity{Endpoint: endpoint, header: header, signer: s, issued: map[string]int{}}
}

// Token returns a token for an audience, such as "https://vault.azure.net",
// that is valid for the given time. A negative time makes an expired one.
func (i *Identity) Token(audience string, validFor time.Duration) string {
	return i.signer.sign(audience, time.Now().Add(validFor))
}

// PostgresToken returns a token that PostgreSQL accepts.
func (i *Identity) PostgresToken() string { return i.Token(postgresAudience, time.Hour) }

// Issued returns the number of tokens issued for an audience.
func (i *Identity) Issued(audience string) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.issued[audience]
}

// FailNext makes the next n requests fail with an HTTP status.
func (i *Identity) FailNext(n, status int) { i.faults.failNext("", n, status, 0) }

// ServeHTTP answers GET ?api-version=…&resource=….
func (i *Identity) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f, ok := i.faults.take(""); ok {
		http.Error(w, "out of order", f.status)
		return
	}
	if r.Header.Get("X-IDENTITY-HEADER") != i.header {
		http.Error(w, `{"statusCode":401,"message":"X-IDENTITY-HEADER is missing or wrong"}`, http.StatusUnauthorized)
		return
	}
	resource := strings.TrimSuffix(r.URL.Query().Get("resource"), "/")
	switch resource {
	case storageAudience, keyVaultAudience, postgresAudience:
	default:
		http.Error(w, `{"statusCode":400,"message":"unknown resource"}`, http.StatusBadRequest)
		return
	}
	expires := time.Now().Add(time.Hour)
	i.mu.Lock()
	i.issued[resource]++
	i.mu.Unlock()
	writeJSON(w, http.StatusOK, map[string]string{
		"access_token": i.signer.sign(resource, expires),
		"expires_on":   strconv.FormatInt(expires.Unix(), 10),
		"resource":     resource,
		"token_type":   "Bearer",
	})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// discardLog returns a logger that hides net/http's messages about clients that
// disconnect.
func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }
