package statement

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// The payload types.
const (
	TypeValidation   = "application/vnd.pgvault.validation+json"
	TypeDump         = "application/vnd.pgvault.dump+json"
	TypeRoles        = "application/vnd.pgvault.roles+json"
	TypeVerification = "application/vnd.pgvault.verification+json"
	TypeManifest     = "application/vnd.pgvault.manifest+json"
	TypeRetention    = "application/vnd.pgvault.retention+json"
	// TypeFinding is that of what a step of a drill has found.
	TypeFinding = "application/vnd.pgvault.finding+json"
	// TypeProof is that of the record of a drill.
	TypeProof = "application/vnd.pgvault.proof+json"
)

// Kind returns the part of a payload type that names the step: "dump".
func Kind(payloadType string) string {
	return strings.TrimSuffix(strings.TrimPrefix(payloadType, "application/vnd.pgvault."), "+json")
}

// Envelope is a DSSE envelope. In JSON the payload and the signatures are
// base64.
type Envelope struct {
	PayloadType string      `json:"payloadType"`
	Payload     []byte      `json:"payload"`
	Signatures  []Signature `json:"signatures"`
}

// Signature is a signature of an envelope.
type Signature struct {
	// KeyID is the name and the version of the key in its Key Vault:
	// NAME/VERSION.
	KeyID string `json:"keyid"`
	// Sig is an ECDSA signature in DER.
	Sig []byte `json:"sig"`
}

// Signer signs with a private key. It is safe for concurrent use.
type Signer interface {
	// Sign returns a signature of a SHA-256 digest by the key that is to be used
	// now. The error has a code of package failure.
	Sign(ctx context.Context, digest [sha256.Size]byte) (Signature, error)
}

// Unsigned is the signer of a worker whose trust file names no key. Its
// envelopes have no signature.
type Unsigned struct{}

// Sign returns no signature.
func (Unsigned) Sign(context.Context, [sha256.Size]byte) (Signature, error) { return Signature{}, nil }

// Seal returns the envelope of a payload as JSON, signed by the signer.
func Seal(ctx context.Context, s Signer, payloadType string, payload []byte) ([]byte, error) {
	e, err := Sign(ctx, s, payloadType, payload)
	if err != nil {
		return nil, err
	}
	return e.Encode()
}

// Sign returns the envelope of a payload, signed by the signer. It has no signature
// if the signer has no key.
func Sign(ctx context.Context, s Signer, payloadType string, payload []byte) (Envelope, error) {
	e := Envelope{PayloadType: payloadType, Payload: payload, Signatures: []Signature{}}
	sig, err := s.Sign(ctx, e.digest())
	if err != nil {
		return Envelope{}, err
	}
	if len(sig.Sig) > 0 {
		e.Signatures = append(e.Signatures, sig)
	}
	return e, nil
}

// Encode returns the envelope as JSON.
func (e Envelope) Encode() ([]byte, error) {
	encoded, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode a statement: %w", err)
	}
	return append(encoded, '\n'), nil
}

// maxSignatures bounds the work of a check and the length of its error. A worker
// makes one.
const maxSignatures = 8

// Decode decodes an envelope with a payload of a type. The signatures are not
// checked.
func Decode(content []byte, payloadType string) (Envelope, error) {
	var e Envelope
	switch err := json.Unmarshal(content, &e); {
	case err != nil:
		return e, fmt.Errorf("%w: not a statement: %w", ErrInvalid, err)
	case e.PayloadType != payloadType:
		return e, fmt.Errorf("%w: it is a statement of the type %.80q, not %q", ErrInvalid, e.PayloadType, payloadType)
	case len(e.Signatures) > maxSignatures:
		return e, fmt.Errorf("%w: it has %d signatures, and at most %d are checked", ErrInvalid, len(e.Signatures), maxSignatures)
	case len(e.Payload) == 0:
		return e, fmt.Errorf("%w: it has no payload", ErrInvalid)
	}
	return e, nil
}

// digest is the SHA-256 of DSSE's pre-authentication encoding, which is what a
// signature signs.
func (e Envelope) digest() [sha256.Size]byte {
	h := sha256.New()
	fmt.Fprintf(h, "DSSEv1 %d %s %d ", len(e.PayloadType), e.PayloadType, len(e.Payload))
	h.Write(e.Payload)
	return [sha256.Size]byte(h.Sum(nil))
}

// The errors of a check. They wrap a reason.
var (
	// ErrUnsigned is returned if no signature is by a key of the trust file.
	ErrUnsigned = errors.New("it is not signed by a key of the trust file")
	// ErrInvalid is returned if what is signed is not what is there, or its key
	// must not be used.
	ErrInvalid = errors.New("its signature does not hold")
)
