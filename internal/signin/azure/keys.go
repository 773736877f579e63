package azure

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/signin/whose"
)

// coordinate is the size in bytes of a number of the curve P-256.
const coordinate = 32

// Keys uses the keys of one Key Vault. It is safe for concurrent use.
type Keys struct {
	client *azkeys.Client
	vault  string
	named  string
	by     whose.SignIn
}

// NewKeys makes a client for the keys of a Key Vault. setting is what names the
// Key Vault, for messages.
func NewKeys(vaultURL, setting string, cred azcore.TokenCredential, o Options) (*Keys, error) {
	client, err := azkeys.NewClient(vaultURL, cred, &azkeys.ClientOptions{
		ClientOptions:                        clientOptions(o),
		DisableChallengeResourceVerification: o.DisableChallengeResourceVerification,
	})
	if err != nil {
		return nil, failure.Wrap(err, failure.InvalidSecretStore, "correct "+setting, "no client for the Key Vault %s", vaultURL)
	}
	return &Keys{client: client, vault: vaultURL, named: setting, by: o.By}, nil
}

// Sign returns a signature of a SHA-256 digest by a version of a key on P-256, in
// DER.
func (k *Keys) Sign(ctx context.Context, name, version string, digest [sha256.Size]byte) ([]byte, error) {
	object := signingKey{keyObject{k, name, version}}
	algorithm := azkeys.SignatureAlgorithmES256
	signed, err := k.client.Sign(ctx, name, version, azkeys.SignParameters{Algorithm: &algorithm, Value: digest[:]}, nil)
	if err != nil {
		return nil, classify(ctx, err, object)
	}
	if len(signed.Result) != 2*coordinate {
		return nil, failure.New(failure.SigningKeyUnusable, object.remedy(),
			"the Key Vault %s has signed with the key %s by %d bytes, and a signature of a key on P-256 has %d", k.vault, object.url(), len(signed.Result), 2*coordinate)
	}
	r, s := new(big.Int).SetBytes(signed.Result[:coordinate]), new(big.Int).SetBytes(signed.Result[coordinate:])
	return asn1.Marshal(struct{ R, S *big.Int }{r, s})
}

// PublicKey is the public key of a version of a key.
type PublicKey struct {
	Version string
	*ecdsa.PublicKey
}

// PublicKey reads the public key of a version of a key on P-256, or of the newest
// version for "".
func (k *Keys) PublicKey(ctx context.Context, name, version string) (PublicKey, error) {
	object := readKey{keyObject{k, name, version}}
	got, err := k.client.GetKey(ctx, name, version, nil)
	if err != nil {
		return PublicKey{}, classify(ctx, err, object)
	}
	found := got.Key
	if found == nil || found.KID == nil || found.Crv == nil || *found.Crv != azkeys.CurveNameP256 || len(found.X) > coordinate || len(found.Y) > coordinate {
		return PublicKey{}, object.unusable(answer{message: "it is not an elliptic-curve key on P-256"})
	}
	if !slices.ContainsFunc(found.KeyOps, func(o *azkeys.KeyOperation) bool { return o != nil && *o == azkeys.KeyOperationSign }) {
		return PublicKey{}, object.unusable(answer{message: "sign is not among its operations"})
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, padded(found.X), padded(found.Y)))
	if err != nil {
		return PublicKey{}, object.unusable(answer{message: "its point is not on the curve P-256"})
	}
	return PublicKey{Version: found.KID.Version(), PublicKey: public}, nil
}

// padded returns a number with leading zeros. A Key Vault may omit them.
func padded(number []byte) []byte {
	return append(make([]byte, coordinate-len(number)), number...)
}
