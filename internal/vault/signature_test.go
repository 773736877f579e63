package vault_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
)

const vaultID = "own"

// always is the validity of a key that signs in each test.
const always = "from: 2020-01-01"

// signing is a vault with points signed by a key.
type signing struct {
	bundle
	*clock
	key statementtest.Signer
}

func setupSigning(t *testing.T, o memblob.Options) *signing {
	t.Helper()
	c := &clock{}
	s := &signing{bundle: open(memblob.New(c.now, o)), clock: c, key: statementtest.New(t, "manifest/1")}
	_, err := s.PutSettings(t.Context(), instance.VaultSettings{Container: s.URL()}, vaultID)
	require.NoError(t, err)
	return s
}

// committed returns the manifest of an attempt that commits now.
func (s *signing) committed(t *testing.T, instance, id, content string) manifest.Manifest {
	t.Helper()
	m := s.attempt(t, instance, id, "r-"+content, content)
	m.VaultID, m.CommittedAt = vaultID, s.now().UTC()
	return m
}

// seal stores the signed copy of a manifest in the folder of a point, and returns
// its name.
func (s *signing) seal(t *testing.T, by statement.Signer, m manifest.Manifest, folder string) string {
	t.Helper()
	content, err := manifest.Encode(m)
	require.NoError(t, err)
	sealed, err := statement.Seal(t.Context(), by, statement.TypeManifest, content)
	require.NoError(t, err)
	name := folder + "manifest-" + blobstore.HashOf(content) + ".dsse.json"
	_, err = s.container.PutNew(t.Context(), name, sealed, nil)
	require.NoError(t, err)
	return name
}

// put writes a manifest.json into the folder of a point, as anybody who may write
// blobs can.
func (s *signing) put(t *testing.T, m manifest.Manifest, folder string) {
	t.Helper()
	content, err := manifest.Encode(m)
	require.NoError(t, err)
	_, err = s.container.Put(t.Context(), folder+"manifest.json", content, nil)
	require.NoError(t, err)
}

func (s *signing) signedBy(t *testing.T, by statement.Signer, id string) (m manifest.Manifest, envelope string) {
	t.Helper()
	m = s.committed(t, orders, id, "dump")
	envelope = s.seal(t, by, m, folderOf(id))
	s.put(t, m, folderOf(id))
	return m, envelope
}

func folderOf(id string) string { return "instances/" + orders + "/points/" + id + "/" }

func (s *signing) check(t *testing.T, f trust.File, id string) (vault.Signature, failure.Code, string) {
	t.Helper()
	_, sig, err := s.Trusting(f).CheckedManifest(t.Context(), orders, id)
	if err != nil {
		return sig, failure.CodeOf(err), err.Error()
	}
	return sig, "", ""
}

const (
	point1 = "20261124T020000Z-0a1b2c3d"
	point2 = "20261125T020000Z-0a1b2c3d"
)

func TestASignedManifest(t *testing.T) {
	t.Parallel()
	s := setupSigning(t, memblob.Options{})
	m, _ := s.signedBy(t, s.key, point1)
	read, sig, err := s.Trusting(statementtest.Trust(t, true, statementtest.Key{Signer: s.key, Validity: always})).CheckedManifest(t.Context(), orders, point1)
	require.NoError(t, err)
	content, _, err := s.container.Get(t.Context(), folderOf(point1)+"manifest.json", 1<<20)
	require.NoError(t, err)
	require.Equal(t, vault.Signature{KeyID: "manifest/1", ManifestSHA256: blobstore.HashOf(content)}, sig)
	require.Equal(t, m.Dump, read.Dump)

	sig, code, _ := s.check(t, trust.Builtin(), point1)
	require.Empty(t, code)
	require.Empty(t, sig.KeyID+sig.Note, "without keys nothing is checked and nothing is said")
}

// Each forgery is of a point that was signed. An attacker may write any blob.
func TestForgedManifests(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		forge func(t *testing.T, s *signing, m manifest.Manifest, envelope string)
		// keys are those of the trust file, by default the one that signed.
		validity string
		required failure.Code
		// optional is the code if the trust file does not require signatures.
		optional failure.Code
		says     string
	}{
		"edited": {forge: func(t *testing.T, s *signing, m manifest.Manifest, _ string) {
			m.Dump.SHA256 = strings.Repeat("ab", 32)
			s.put(t, m, folderOf(point1))
		}, required: failure.SignatureInvalid, optional: failure.SignatureInvalid, says: "is not the one that key manifest/1 has signed"},
		"dump and manifest replaced": {forge: func(t *testing.T, s *signing, _ manifest.Manifest, envelope string) {
			m := s.committed(t, orders, point1, "forged")
			require.NoError(t, s.container.Delete(t.Context(), envelope))
			s.seal(t, statement.Unsigned{}, m, folderOf(point1))
			s.put(t, m, folderOf(point1))
		}, required: failure.SignatureMissing},
		"signed by another key": {forge: func(t *testing.T, s *signing, _ manifest.Manifest, envelope string) {
			m := s.committed(t, orders, point1, "forged")
			require.NoError(t, s.container.Delete(t.Context(), envelope))
			s.seal(t, statementtest.New(t, "other/1"), m, folderOf(point1))
			s.put(t, m, folderOf(point1))
		}, required: failure.SignatureMissing, says: "other/1"},
		"signed by another key of that name": {forge: func(t *testing.T, s *signing, _ manifest.Manifest, envelope string) {
			m := s.committed(t, orders, point1, "forged")
			require.NoError(t, s.container.Delete(t.Context(), envelope))
			s.seal(t, statementtest.New(t, "manifest/1"), m, folderOf(point1))
			s.put(t, m, folderOf(point1))
		}, required: failure.SignatureInvalid, optional: failure.SignatureInvalid, says: "has not signed this content"},
		"signature deleted": {forge: func(t *testing.T, s *signing, _ manifest.Manifest, envelope string) {
			require.NoError(t, s.container.Delete(t.Context(), envelope))
		}, required: failure.SignatureMissing, says: "there is no blob"},
		"signature overwritten": {forge: func(t *testing.T, s *signing, _ manifest.Manifest, envelope string) {
			_, err := s.container.Put(t.Context(), envelope, []byte("{}"), nil)
			require.NoError(t, err)
		}, required: failure.SignatureInvalid, optional: failure.SignatureInvalid},
		"another payload under the name": {forge: func(t *testing.T, s *signing, m manifest.Manifest, envelope string) {
			m.Instance = "another"
			content, err := manifest.Encode(m)
			require.NoError(t, err)
			sealed, err := statement.Seal(t.Context(), s.key, statement.TypeManifest, content)
			require.NoError(t, err)
			_, err = s.container.Put(t.Context(), envelope, sealed, nil)
			require.NoError(t, err)
		}, required: failure.SignatureInvalid, optional: failure.SignatureInvalid, says: "another content than its name says"},
		"an older point's files": {forge: func(t *testing.T, s *signing, _ manifest.Manifest, envelope string) {
			older := s.committed(t, orders, point2, "older")
			require.NoError(t, s.container.Delete(t.Context(), envelope))
			s.seal(t, s.key, older, folderOf(point1))
			s.put(t, older, folderOf(point1))
		}, required: failure.SignatureInvalid, optional: failure.SignatureInvalid, says: point2},
		"another instance's point": {forge: func(t *testing.T, s *signing, _ manifest.Manifest, envelope string) {
			other := s.committed(t, "shop/items", point1, "other")
			require.NoError(t, s.container.Delete(t.Context(), envelope))
			s.seal(t, s.key, other, folderOf(point1))
			s.put(t, other, folderOf(point1))
		}, required: failure.SignatureInvalid, optional: failure.SignatureInvalid, says: "shop/items"},
		"another vault's point": {forge: func(t *testing.T, s *signing, m manifest.Manifest, envelope string) {
			m.VaultID = "another"
			require.NoError(t, s.container.Delete(t.Context(), envelope))
			s.seal(t, s.key, m, folderOf(point1))
			s.put(t, m, folderOf(point1))
		}, required: failure.SignatureInvalid, optional: failure.SignatureInvalid, says: `"another"`},
		"key revoked before": {validity: always + ", revoked: 2020-01-02", required: failure.SignatureInvalid, optional: failure.SignatureInvalid, says: "revoked"},
		"key revoked later":  {validity: always + ", revoked: 2100-01-01"},
		"key expired before": {validity: always + ", until: 2020-01-02", required: failure.SignatureInvalid, optional: failure.SignatureInvalid, says: "valid until"},
		"key expired later":  {validity: always + ", until: 2100-01-01"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setupSigning(t, memblob.Options{})
			m, envelope := s.signedBy(t, s.key, point1)
			if c.forge != nil {
				c.forge(t, s, m, envelope)
			}
			if c.validity == "" {
				c.validity = always
			}
			key := statementtest.Key{Signer: s.key, Validity: c.validity}
			_, code, says := s.check(t, statementtest.Trust(t, true, key), point1)
			require.Equal(t, c.required, code, says)
			if code != "" {
				require.Contains(t, says, point1)
				require.Contains(t, says, c.says)
			}
			sig, code, says := s.check(t, statementtest.Trust(t, false, key), point1)
			require.Equal(t, c.optional, code, says)
			if c.required == failure.SignatureMissing {
				require.Contains(t, sig.Note, point1)
				require.Contains(t, sig.Note, c.says)
			}
		})
	}
}
