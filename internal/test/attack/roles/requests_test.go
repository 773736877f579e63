package roles_test

import (
	"encoding/base64"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// request is one request of Azure's REST API that could do harm. Most are none of this
// program's.
type request struct {
	name   string
	method string
	// query is that of the dump; VERSION in it is an earlier version's ID, and CURRENT
	// the current one's. of is another thing: "container" or "service".
	query, of string
	header    map[string]string
	body      string
	// permitted are the identities whose role permits it, and status the answer then.
	permitted string
	status    int
}

var block = base64.StdEncoding.EncodeToString([]byte("block-1"))

// requests run in this order, with the same dump.
var requests = []request{
	{name: "Put Blob", method: http.MethodPut, header: map[string]string{"x-ms-blob-type": "BlockBlob"}, body: "garbage", permitted: "backup restore prune", status: http.StatusCreated},
	{name: "Put Block", method: http.MethodPut, query: "comp=block&blockid=" + url.QueryEscape(block), body: "garbage", permitted: "backup restore prune", status: http.StatusCreated},
	{name: "Put Block List", method: http.MethodPut, query: "comp=blocklist", body: "<BlockList><Uncommitted>" + block + "</Uncommitted></BlockList>", permitted: "backup restore prune", status: http.StatusCreated},
	{name: "Set Blob Metadata", method: http.MethodPut, query: "comp=metadata", header: map[string]string{"x-ms-meta-blocklist": "00"}, permitted: "backup restore prune", status: http.StatusOK},
	{name: "Set Blob Properties", method: http.MethodPut, query: "comp=properties", header: map[string]string{"x-ms-blob-content-type": "text/html"}, permitted: "backup restore prune", status: http.StatusOK},
	{name: "Set Blob Tags", method: http.MethodPut, query: "comp=tags", body: "<Tags><TagSet></TagSet></Tags>"},
	{name: "Copy Blob over it", method: http.MethodPut, header: map[string]string{"x-ms-copy-source": "OTHER"}, permitted: "backup restore prune", status: http.StatusAccepted},
	{name: "Snapshot Blob", method: http.MethodPut, query: "comp=snapshot", permitted: "backup restore prune", status: http.StatusCreated},
	{name: "Set Blob Tier", method: http.MethodPut, query: "comp=tier", header: map[string]string{"x-ms-access-tier": "Archive"}, permitted: "backup restore prune", status: http.StatusOK},
	{name: "Set Blob Immutability Policy", method: http.MethodPut, query: "comp=immutabilityPolicies&versionid=VERSION", header: map[string]string{"x-ms-immutability-policy-until-date": "SOON"}, permitted: "backup", status: http.StatusOK},
	{name: "Delete Blob Immutability Policy", method: http.MethodDelete, query: "comp=immutabilityPolicies&versionid=VERSION", permitted: "backup", status: http.StatusOK},
	{name: "Delete Blob, the current version by its ID", method: http.MethodDelete, query: "versionid=CURRENT", permitted: "prune", status: http.StatusForbidden},
	{name: "Delete Blob, for good", method: http.MethodDelete, query: "versionid=VERSION&deletetype=permanent"},
	{name: "Delete Blob, an earlier version", method: http.MethodDelete, query: "versionid=VERSION", permitted: "prune", status: http.StatusAccepted},
	{name: "Undelete Blob", method: http.MethodPut, query: "comp=undelete", permitted: "backup restore prune", status: http.StatusOK},
	{name: "Delete Blob with snapshots", method: http.MethodDelete, header: map[string]string{"x-ms-delete-snapshots": "include"}, permitted: "prune", status: http.StatusAccepted},
	{name: "Set Container Metadata", of: "container", method: http.MethodPut, query: "restype=container&comp=metadata"},
	{name: "Set Container ACL", of: "container", method: http.MethodPut, query: "restype=container&comp=acl", header: map[string]string{"x-ms-blob-public-access": "blob"}},
	{name: "Delete Container", of: "container", method: http.MethodDelete, query: "restype=container"},
	{name: "Set Blob Service Properties", of: "service", method: http.MethodPut, query: "restype=service&comp=properties", body: "<StorageServiceProperties/>"},
	{name: "Get User Delegation Key", of: "service", method: http.MethodPost, query: "restype=service&comp=userdelegationkey", body: "<KeyInfo/>"},
}

// scene is the vault that requests are for.
type scene struct {
	*gate
	url            string // of the container
	dump, other    string
	first, current string // versions of the dump
}

// send sends a request as an identity. It returns the status and the storage's code.
func (s scene) send(t *testing.T, identity string, r request) (status int, code string) {
	t.Helper()
	at := s.url + "/" + s.dump
	switch r.of {
	case "container":
		at = s.url
	case "service":
		at = s.URL
	}
	fill := strings.NewReplacer(
		"VERSION", url.QueryEscape(s.first), "CURRENT", url.QueryEscape(s.current),
		"OTHER", s.url+"/"+s.other, "SOON", time.Now().Add(time.Minute).UTC().Format(http.TimeFormat))
	sent := s.request(t, identity, r.method, at+"?"+fill.Replace(r.query), r.body)
	for name, value := range r.header {
		sent.Header.Set(name, fill.Replace(value))
	}
	answer, err := localenvtest.CA(t).Client().Do(sent)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	_, err = io.Copy(io.Discard, answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, answer.Header.Get("x-ms-error-code")
}

// read returns the content of a version of the dump.
func (s scene) read(t *testing.T, version string) []byte {
	t.Helper()
	r := s.request(t, admin, http.MethodGet, s.url+"/"+s.dump+"?versionid="+url.QueryEscape(version), "")
	answer, err := localenvtest.CA(t).Client().Do(r)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	content, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.StatusCode)
	return content
}

// request makes a request that is signed in as an identity.
func (s scene) request(t *testing.T, identity, method, at, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, at, strings.NewReader(body))
	require.NoError(t, err)
	token, err := s.identity.CredentialOf(objectOf(identity)).GetToken(t.Context(), policy.TokenRequestOptions{})
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+token.Token)
	r.Header.Set("x-ms-version", "2021-12-02")
	r.Header.Set("x-ms-date", time.Now().UTC().Format(http.TimeFormat))
	return r
}

// refusal is the code of a request that no role permits.
const refusal = "AuthorizationPermissionMismatch"

// TestRequestsOfEachIdentity sends every request that could do harm with the token of
// each identity. Afterwards every version of the point is there, or can be had back.
func TestRequestsOfEachIdentity(t *testing.T) {
	t.Parallel()
	for _, identity := range []string{"backup", "restore", "prune", "somebody else"} {
		t.Run(identity, func(t *testing.T) {
			t.Parallel()
			g := newGate(t)
			at, name := g.container(t)
			all := blobstore.New(g.as(t, admin, at), 0)
			good := fill(t, all, time.Now(), 2)
			before := g.Kept(name, points)
			s := scene{gate: g, url: at, dump: good[0].Dump.Blob, other: good[0].Roles.Blob}
			for v, err := range all.ListVersions(t.Context(), s.dump) {
				require.NoError(t, err)
				s.first = v.Version
			}
			for _, r := range requests {
				if there, err := all.Stat(t.Context(), s.dump); err == nil {
					s.current = there.Version
				}
				status, code := s.send(t, identity, r)
				if !strings.Contains(r.permitted, identity) {
					require.Equal(t, refusal, code, r.name)
					require.Equal(t, http.StatusForbidden, status, r.name)
					continue
				}
				require.NotEqual(t, refusal, code, r.name)
				require.Equal(t, r.status, status, "%s: %s", r.name, code)
			}
			_, err := sweepAll(t.Context(), sweeper(g.as(t, "prune", at), trusted(t, floors), time.Now, true))
			require.NoError(t, err)
			require.Subset(t, slices.Collect(maps.Keys(g.Kept(name, points))), slices.Collect(maps.Keys(before)))
			require.Equal(t, good[0].Dump.SHA256, blobstore.HashOf(s.read(t, s.first)), "it can be read")
		})
	}
}
