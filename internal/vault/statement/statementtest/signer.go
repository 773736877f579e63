package statementtest

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// Signer signs with a key of its own, in memory, as a Key Vault does.
type Signer struct {
	ID      string
	private *ecdsa.PrivateKey
}

// New returns a signer whose key has an ID.
func New(t testing.TB, id string) Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return Signer{id, key}
}

// Sign signs a digest.
func (s Signer) Sign(_ context.Context, digest [sha256.Size]byte) (statement.Signature, error) {
	sig, err := ecdsa.SignASN1(rand.Reader, s.private, digest[:])
	return statement.Signature{KeyID: s.ID, Sig: sig}, err
}

// Pinned returns the key as a trust file pins it, valid from a time on.
func (s Signer) Pinned(from time.Time) trust.Key {
	return trust.Key{ID: s.ID, PublicKey: &s.private.PublicKey, From: from}
}

// Verify reports whether the key has signed a digest.
func (s Signer) Verify(digest [sha256.Size]byte, sig []byte) bool {
	return ecdsa.VerifyASN1(&s.private.PublicKey, digest[:], sig)
}

// PEM returns the public key.
func (s Signer) PEM(t testing.TB) []byte {
	t.Helper()
	text, err := trust.EncodePublicKey(&s.private.PublicKey)
	require.NoError(t, err)
	return text
}

// Key is a pinned key with the rest of its entry in the trust file:
// "from: 2026-01-01, until: 2027-01-01".
type Key struct {
	Signer   Signer
	Validity string
	// Purpose is what the key signs; manifests if it is empty.
	Purpose trust.Purpose
	copied  []string
}

// CopiedOn returns the key for a trust file of a vault that was copied on a day.
func (k Key) CopiedOn(day string) Key {
	k.copied = append(k.copied, day)
	return k
}

// Trust returns a trust file with keys and nothing else.
func Trust(t testing.TB, required bool, keys ...Key) trust.File {
	t.Helper()
	return TrustFor(t, "", required, keys...)
}

// TrustFor is like Trust, and the file names the vault if vaultID is not empty.
func TrustFor(t testing.TB, vaultID string, required bool, keys ...Key) trust.File {
	t.Helper()
	folder := t.TempDir()
	entries := map[trust.Purpose][]string{}
	var copied []string
	for i, k := range keys {
		file := fmt.Sprintf("key-%d.pem", i)
		require.NoError(t, os.WriteFile(filepath.Join(folder, file), k.Signer.PEM(t), 0o400))
		purpose := cmp.Or(k.Purpose, trust.Manifests)
		entries[purpose] = append(entries[purpose], fmt.Sprintf("{id: %q, publicKey: %s, %s}", k.Signer.ID, file, k.Validity))
		copied = append(copied, k.copied...)
	}
	path := filepath.Join(folder, "trust.yaml")
	text := fmt.Sprintf("signatures:\n  required: %t\n", required)
	for purpose, list := range entries {
		text += fmt.Sprintf("  %s: [%s]\n", purpose, strings.Join(list, ", "))
	}
	if len(copied) > 0 {
		text += fmt.Sprintf("  copied: [%s]\n", strings.Join(copied, ", "))
	}
	if vaultID != "" {
		text = fmt.Sprintf("vaultID: %s\n", vaultID) + text
	}
	require.NoError(t, os.WriteFile(path, []byte(text), 0o400))
	f, err := trust.Read(path)
	require.NoError(t, err)
	return f
}
