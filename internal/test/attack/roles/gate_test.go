package roles_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// admin may do everything. It makes the vaults, and is no role of pgvault's.
const admin = "admin"

// gate is a storage account before which a proxy holds each request against the role
// of the identity whose token it has.
type gate struct {
	*localenv.Immutable
	identity *localenv.Identity
	roles    map[string]rights
	byObject map[string]string

	// passed is how far the account's clock was moved on.
	passed time.Duration

	mu      sync.Mutex
	refused []string
}

// newGate makes an account that keeps versions, and deleted versions for the term.
func newGate(t *testing.T) *gate {
	t.Helper()
	storage, err := localenv.StartImmutable(localenvtest.Azurite(t).URL, localenvtest.CA(t))
	require.NoError(t, err)
	t.Cleanup(storage.Stop)
	storage.SoftDelete(term)
	g := &gate{Immutable: storage, identity: localenvtest.Azure(t).Identity, roles: documented(t), byObject: map[string]string{}}
	for _, identity := range []string{admin, "backup", "restore", "prune"} {
		g.byObject[objectOf(identity)] = identity
	}
	g.Forbid(g.forbids)
	return g
}

// objectOf returns the object ID of an identity's principal.
func objectOf(identity string) string {
	sum := sha256.Sum256([]byte(identity))
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

func (g *gate) forbids(r *http.Request) bool {
	object, err := g.identity.Holder(r)
	identity := g.byObject[object]
	if err == nil && identity == admin {
		return false
	}
	for _, actions := range needed(r) {
		if err != nil || !g.roles[identity].permits(actions...) {
			g.mu.Lock()
			g.refused = append(g.refused, fmt.Sprintf("%s: %s %s needs %s", identity, r.Method, r.URL.RequestURI(), actions[0]))
			g.mu.Unlock()
			return true
		}
	}
	return false
}

// refusals returns the requests that were refused since it was called last.
func (g *gate) refusals() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	refused := g.refused
	g.refused = nil
	return refused
}

// container makes a container and returns its URL at the gate.
func (g *gate) container(t *testing.T) (url, name string) {
	t.Helper()
	name = localenvtest.Unique()
	_, err := localenvtest.Azurite(t).CreateContainer(t.Context(), name)
	require.NoError(t, err)
	g.Enable(name)
	return g.URL + "/" + name, name
}

// as returns a container of the account as an identity may use it.
func (g *gate) as(t *testing.T, identity, url string) blobstore.Backend {
	t.Helper()
	backend, err := azureblob.New(url, g.identity.CredentialOf(objectOf(identity)), nil)
	require.NoError(t, err)
	return backend
}

// needed returns the actions that a request needs: one of each list.
func needed(r *http.Request) [][]string {
	_, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	container, blob, _ := strings.Cut(path, "/")
	switch {
	case container == "":
		return [][]string{{needsOfService(r)}}
	case blob == "":
		return [][]string{{needsOfContainer(r)}}
	}
	return needsOfBlob(r)
}

func needsOfService(r *http.Request) string {
	query := r.URL.Query()
	switch {
	case r.Method == http.MethodGet && query.Get("comp") == "properties":
		return blobServices + "read"
	case query.Get("comp") == "properties":
		return blobServices + "write"
	case query.Get("comp") == "userdelegationkey":
		return blobServices + "generateUserDelegationKey/action"
	}
	return "a right that is not known here"
}

func needsOfContainer(r *http.Request) string {
	query := r.URL.Query()
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch {
	case query.Get("comp") == "list":
		return read
	case query.Get("comp") == "acl" && reads:
		return containers + "getAcl/action"
	case query.Get("comp") == "acl":
		return containers + "setAcl/action"
	case reads:
		return containers + "read"
	case r.Method == http.MethodDelete:
		return containers + "delete"
	}
	return containers + "write"
}

func needsOfBlob(r *http.Request) [][]string {
	query := r.URL.Query()
	comp, creates := query.Get("comp"), r.Header.Get("If-None-Match") == "*"
	switch {
	case comp == "immutabilityPolicies", comp == "legalhold":
		return [][]string{{lock}}
	case comp == "tags" && r.Method == http.MethodGet:
		return [][]string{{blobs + "tags/read"}}
	case comp == "tags":
		return [][]string{{blobs + "tags/write"}}
	case r.Method == http.MethodGet, r.Method == http.MethodHead:
		return [][]string{{read}}
	case r.Method == http.MethodDelete && query.Get("deletetype") == "permanent":
		return [][]string{{blobs + "permanentDelete/action"}}
	case r.Method == http.MethodDelete && query.Has("versionid"):
		return [][]string{{removeVersion}}
	case r.Method == http.MethodDelete:
		return [][]string{{remove}}
	case r.Header.Get("x-ms-copy-source") != "" && creates:
		return [][]string{{read}, {write, add}}
	case r.Header.Get("x-ms-copy-source") != "":
		return [][]string{{read}, {write}}
	case creates && (comp == "" || comp == "blocklist"), comp == "block":
		return [][]string{{write, add}}
	}
	return [][]string{{write}}
}
