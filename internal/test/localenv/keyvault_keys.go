package localenv

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/trust"
)

// The rights to a key, as the actions of Azure's roles.
const (
	KeySign   = "Microsoft.KeyVault/vaults/keys/sign/action"
	KeyRead   = "Microsoft.KeyVault/vaults/keys/read"
	KeyCreate = "Microsoft.KeyVault/vaults/keys/create/action"
)

// Key is a version of a key in the Key Vault: an elliptic-curve key on P-256.
type Key struct {
	// ID is NAME/VERSION.
	ID string
	// URL is the URL of the version.
	URL       string
	PublicKey *ecdsa.PublicKey
}

// PEM returns the public key as a trust file wants it.
func (k Key) PEM() ([]byte, error) { return trust.EncodePublicKey(k.PublicKey) }

// KeyAttributes are the attributes of a version of a key. A zero time is none.
type KeyAttributes struct {
	Enabled            bool
	NotBefore, Expires time.Time
	// Operations are those that the key is for: "sign", "verify".
	Operations []string
}

// vaultKey is a key with its versions. The stand-in has one identity only, which
// is that of workers and of people. So a test says what the identity may do with
// a key: by default to sign only, as the role of a worker allows.
type vaultKey struct {
	versions []*keyVersion
	rights   []string
}

type keyVersion struct {
	id         string
	private    *ecdsa.PrivateKey
	created    time.Time
	attributes KeyAttributes
	signatures int
}

// KeyURL returns the URL of a key without a version.
func (k *KeyVault) KeyURL(name string) string { return k.URL + "/keys/" + name }

// CreateKey adds a version of a key that may sign only. A further version makes
// a rotation, as `az keyvault key rotate` does: the earlier ones still sign.
func (k *KeyVault) CreateKey(name string) (Key, error) {
	version, err := k.addKey(name, KeyAttributes{Enabled: true, Operations: []string{"sign"}})
	if err != nil {
		return Key{}, err
	}
	id := name + "/" + version.id
	return Key{ID: id, URL: k.KeyURL(id), PublicKey: &version.private.PublicKey}, nil
}

func (k *KeyVault) addKey(name string, attributes KeyAttributes) (*keyVersion, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails, by its contract
	version := &keyVersion{id: hex.EncodeToString(id), private: private, created: time.Now(), attributes: attributes}
	k.mu.Lock()
	defer k.mu.Unlock()
	key := k.key(name)
	key.versions = append(key.versions, version)
	return version, nil
}

// key returns a key, or adds it without a version. The caller holds the lock.
func (k *KeyVault) key(name string) *vaultKey {
	if k.keys[name] == nil {
		k.keys[name] = &vaultKey{rights: []string{KeySign}}
	}
	return k.keys[name]
}

// ChangeKey changes the attributes of a version of a key, by its ID.
func (k *KeyVault) ChangeKey(id string, change func(*KeyAttributes)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if version := k.version(id); version != nil {
		change(&version.attributes)
	}
}

// PermitKey sets what the identity may do with a key, by the key's name.
func (k *KeyVault) PermitKey(name string, rights ...string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.key(name).rights = rights
}

// PurgeKey removes all versions of a key for good.
func (k *KeyVault) PurgeKey(name string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.key(name).versions = nil
}

// FailNextKey answers the next n requests for a key, by its name, with a status:
// 429, 503, ….
func (k *KeyVault) FailNextKey(name string, n, status int, retryAfter time.Duration) {
	k.keyFaults.failNext(name, n, status, retryAfter)
}

// Sign signs a SHA-256 digest as only the holder of the key can, without a
// request, in DER.
func (k *KeyVault) Sign(id string, digest []byte) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	version := k.version(id)
	if version == nil {
		return nil, fmt.Errorf("the Key Vault has no key %s", id)
	}
	return ecdsa.SignASN1(rand.Reader, version.private, digest)
}

// Signatures returns the number of requests that were signed by a version of a key, by its ID.
func (k *KeyVault) Signatures(id string) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	if version := k.version(id); version != nil {
		return version.signatures
	}
	return 0
}

// version returns a version of a key, by its ID; the newest one for NAME/. The
// caller holds the lock.
func (k *KeyVault) version(id string) *keyVersion {
	name, version, _ := strings.Cut(id, "/")
	for _, v := range slices.Backward(k.key(name).versions) {
		if version == "" || v.id == version {
			return v
		}
	}
	return nil
}
