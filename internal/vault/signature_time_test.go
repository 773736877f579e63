package vault_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
)

// An old signed manifest that is stored again is a forgery, unless the vault was
// copied on that day.
func TestAManifestIsStoredWhenItIsSigned(t *testing.T) {
	t.Parallel()
	s := setupSigning(t, memblob.Options{})
	_, envelope := s.signedBy(t, s.key, point1)
	sealed, _, err := s.container.Get(t.Context(), envelope, 1<<20)
	require.NoError(t, err)
	s.advance(49 * time.Hour)
	_, err = s.container.Put(t.Context(), envelope, sealed, nil)
	require.NoError(t, err)
	key := statementtest.Key{Signer: s.key, Validity: always}
	_, code, says := s.check(t, statementtest.Trust(t, false, key), point1)
	require.Equal(t, failure.SignatureInvalid, code)
	require.Contains(t, says, "stored at")

	day := s.now().UTC().Format(time.DateOnly)
	_, code, says = s.check(t, statementtest.Trust(t, true, key.CopiedOn(day)), point1)
	require.Empty(t, code, says)
	revoked := statementtest.Key{Signer: s.key, Validity: always + ", revoked: " + day}
	_, code, says = s.check(t, statementtest.Trust(t, true, revoked.CopiedOn(day)), point1)
	require.Empty(t, code, "a copied manifest was signed before: %s", says)
}

// A person who promotes an earlier version of a signature makes it valid again.
func TestTheFirstVersionOfASignatureCounts(t *testing.T) {
	t.Parallel()
	s := setupSigning(t, memblob.Options{Versions: true})
	_, envelope := s.signedBy(t, s.key, point1)
	sealed, _, err := s.container.Get(t.Context(), envelope, 1<<20)
	require.NoError(t, err)
	s.advance(100 * time.Hour)
	_, err = s.container.Put(t.Context(), envelope, []byte("garbage"), nil)
	require.NoError(t, err)
	f := statementtest.Trust(t, true, statementtest.Key{Signer: s.key, Validity: always})
	_, code, _ := s.check(t, f, point1)
	require.Equal(t, failure.SignatureInvalid, code)
	_, err = s.container.Put(t.Context(), envelope, sealed, nil)
	require.NoError(t, err)
	_, code, says := s.check(t, f, point1)
	require.Empty(t, code, says)
}

// Who can sign can forge new points, and cannot replace earlier ones.
func TestAPointIsNotReplacedByWhoCanSign(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		after     time.Duration
		overwrite bool
		want      failure.Code
	}{
		"a second attempt":        {after: time.Hour},
		"much later":              {after: 49 * time.Hour, want: failure.SignatureInvalid},
		"with the first replaced": {after: 49 * time.Hour, overwrite: true, want: failure.SignatureInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setupSigning(t, memblob.Options{Versions: true})
			_, envelope := s.signedBy(t, s.key, point1)
			s.advance(c.after)
			m := s.committed(t, orders, point1, "replaced")
			s.seal(t, s.key, m, folderOf(point1))
			s.put(t, m, folderOf(point1))
			if c.overwrite {
				_, err := s.container.Put(t.Context(), envelope, []byte("garbage"), nil)
				require.NoError(t, err)
			}
			_, code, says := s.check(t, statementtest.Trust(t, true, statementtest.Key{Signer: s.key, Validity: always}), point1)
			require.Equal(t, c.want, code, says)
		})
	}
}

func TestTheSignatureIsLockedLikeItsManifest(t *testing.T) {
	t.Parallel()
	l := setupLocking(t)
	p := l.recent(t)
	name := folderOf(p.ID) + "manifest-" + strings.Repeat("ab", 32) + ".dsse.json"
	_, err := l.container.PutNew(t.Context(), name, []byte("{}"), nil)
	require.NoError(t, err)
	_, err = l.Lock(t.Context(), l.find(t, p.ID), instance.Unlocked, l.now)
	require.NoError(t, err)
	p = l.find(t, p.ID)
	require.False(t, l.LacksLock(p, instance.Unlocked, l.now))
	for _, b := range p.Blobs {
		if b.Name == name {
			require.Equal(t, p.LockedUntil, b.Policy.Until)
			return
		}
	}
	require.Fail(t, "the signature is not listed")
}

// Who deletes vault.json makes no vault in which what is signed is foreign, nor one in
// which signatures without an ID are made.
func TestSignaturesNeedTheVaultsID(t *testing.T) {
	t.Parallel()
	s := setupSigning(t, memblob.Options{})
	s.signedBy(t, s.key, point1)
	trusted := statementtest.Trust(t, false, statementtest.Key{Signer: s.key, Validity: always})
	require.NoError(t, s.container.Delete(t.Context(), "vault.json"))
	_, code, says := s.check(t, trusted, point1)
	require.Equal(t, failure.InvalidConfiguration, code)
	require.Contains(t, says, "vault.json")
	_, err := s.Trusting(trusted).Place(t.Context(), orders, point1)
	require.Equal(t, failure.InvalidConfiguration, failure.CodeOf(err))
	_, err = s.Place(t.Context(), orders, point1)
	require.NoError(t, err, "without keys nothing is signed")

	_, err = s.PutSettings(t.Context(), instance.VaultSettings{Container: s.URL()}, vaultID)
	require.NoError(t, err)
	sig, code, _ := s.check(t, trusted, point1)
	require.Empty(t, code)
	require.Equal(t, "manifest/1", sig.KeyID)
}
