package keyvault

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/clock"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// signer signs with the key that the trust file names for the present time.
type signer struct {
	keys    *azure.Keys
	trust   trust.File
	purpose trust.Purpose
	now     func() time.Time
}

// New returns the signer for a purpose of a worker with a trust file. keys are those
// of the Key Vault whose keys the file names.
func New(keys *azure.Keys, file trust.File, p trust.Purpose, now func() time.Time) statement.Signer {
	return signer{keys, file, p, now}
}

// Sign returns a signature that the pinned public key confirms. It returns none
// if no key is valid now, and signatures are not required.
func (s signer) Sign(ctx context.Context, digest [sha256.Size]byte) (statement.Signature, error) {
	key, ok := s.signing()
	if !ok {
		return statement.Signature{}, s.withoutKey()
	}
	name, version, _ := strings.Cut(key.ID, "/")
	signature, err := s.keys.Sign(ctx, name, version, digest)
	if err != nil {
		return statement.Signature{}, err
	}
	if !ecdsa.VerifyASN1(key.PublicKey, digest[:], signature) {
		return statement.Signature{}, failure.New(failure.SigningKeyUnusable,
			"if PGVAULT_SIGNING_KEY_VAULT names the right Key Vault, pin the key that it has: remove the lines of "+key.ID+" and add them by `pgvault trust keys`",
			"the signature by key %s is not by the public key %s of the trust file %s: the Key Vault has another key of that name, or the file is wrong", key.ID, key.File, s.trust.Name())
	}
	return statement.Signature{KeyID: key.ID, Sig: signature}, nil
}

// signing returns the key that signs. A key signs a little later than it becomes
// valid while another one is valid, since the storage, by whose clock validity is
// judged, may be behind this machine.
func (s signer) signing() (trust.Key, bool) {
	pinned, now := s.trust.Signatures(), s.now()
	if key, ok := pinned.Signing(s.purpose, now.Add(-clock.Tolerance)); ok && key.Valid(now) == nil {
		return key, true
	}
	return pinned.Signing(s.purpose, now)
}

// withoutKey returns the error of a worker none of whose keys is valid now, or
// nil if signatures are not required.
func (s signer) withoutKey() error {
	if !s.trust.Signatures().Required {
		return nil
	}
	return failure.New(failure.SigningKeyUnusable,
		"`pgvault trust keys -f FILE` lists the keys and when they are valid; add one that is by `pgvault trust keys -f FILE --key URL --from DAY`, install the file for every worker, and restart them",
		"the trust file %s requires signatures, and none of its keys for %s is valid at %s", s.trust.Name(), s.purpose, s.now().UTC().Format(time.RFC3339))
}
