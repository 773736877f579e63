package trust

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

// Signatures are the pinned public keys.
type Signatures struct {
	// Required refuses what is not signed. Otherwise it is accepted and reported.
	Required bool
	// Manifests are the keys of the backup identity. They sign statements and
	// manifests.
	Manifests []Key
	// Evidence are the keys that sign evidence of drills.
	Evidence []Key
	// Copied are the beginnings of the days in UTC on which the vault was copied
	// to the account that it is in. The storage got old manifests on such a day.
	Copied []time.Time
}

// Key is a public key that is valid from From until before Until.
type Key struct {
	// ID is the name and the version of the key in its Key Vault: NAME/VERSION.
	ID string
	// File is the path of the key in PEM, relative to the trust file.
	File string
	// PublicKey is the key itself, on the curve P-256. [Parse] leaves it nil, since
	// it reads no other files.
	PublicKey *ecdsa.PublicKey
	// From is the beginning of a day in UTC.
	From time.Time
	// Until is the beginning of a day in UTC. It is zero for a key without an end.
	Until time.Time
	// Revoked is the beginning of the day from which on no signature of the key is
	// accepted. It is zero for a key that is not revoked.
	Revoked time.Time
}

// EncodePublicKey returns a key in PEM, as a trust file wants it.
func EncodePublicKey(key *ecdsa.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode a public key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// parsePublicKey parses a P-256 key in PEM.
func parsePublicKey(text []byte) (*ecdsa.PublicKey, error) {
	block, rest := pem.Decode(text)
	if block == nil || block.Type != "PUBLIC KEY" {
		return nil, errors.New(`it holds no PEM block that begins with "-----BEGIN PUBLIC KEY-----"`)
	}
	if next, _ := pem.Decode(rest); next != nil {
		return nil, errors.New("it holds more than one PEM block")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, errors.New("its PEM block is not a public key")
	}
	key, ok := parsed.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errors.New("its key is not an elliptic-curve key on P-256")
	}
	return key, nil
}
