package statement

import (
	"crypto/ecdsa"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/trust"
)

// MaxAge is the longest time between the time that a statement names as that of
// its signing and the time at which the storage got it. A statement that is
// older was put there later, by somebody else than the job.
const MaxAge = 48 * time.Hour

// Verify returns the ID of the key that has signed the envelope. at is the time
// at which the storage got the envelope, by which the validity of keys is
// judged. It returns an [ErrUnsigned] or an [ErrInvalid].
func (e Envelope) Verify(keys []trust.Key, at time.Time) (keyID string, err error) {
	digest := e.digest()
	var unknown []string
	var invalid error
	for _, s := range e.Signatures {
		found := slices.IndexFunc(keys, func(k trust.Key) bool { return k.ID == s.KeyID })
		if found < 0 {
			unknown = append(unknown, fmt.Sprintf("%.200q", s.KeyID))
			continue
		}
		key := keys[found]
		err := key.Valid(at)
		switch {
		case err != nil:
			invalid = fmt.Errorf("%w: %w", ErrInvalid, err)
		case !ecdsa.VerifyASN1(key.PublicKey, digest[:], s.Sig):
			invalid = fmt.Errorf("%w: key %s has not signed this content", ErrInvalid, key.ID)
		default:
			return key.ID, nil
		}
	}
	switch {
	case invalid != nil:
		return "", invalid
	case len(unknown) > 0:
		return "", fmt.Errorf("%w, only by %s", ErrUnsigned, strings.Join(unknown, ", "))
	}
	return "", ErrUnsigned
}

// Place is the place of a statement: a recovery point, or the attempts at it.
// The account and the container are no part of it, so that a copied vault stays
// valid.
type Place struct {
	VaultID  string `json:"vaultID"`
	Instance string `json:"instance"`
	Point    string `json:"pointID"`
}

// Check returns an [ErrInvalid] if a statement belongs to another place than
// where it was found.
func (p Place) Check(found Place) error {
	if p == found {
		return nil
	}
	return fmt.Errorf("%w: it was signed for recovery point %.80q of instance %.200q in vault %.80q", ErrInvalid, p.Point, p.Instance, p.VaultID)
}

// CheckAge returns an [ErrInvalid] if a statement was signed more than [MaxAge]
// before or after the storage got it.
func CheckAge(signed, stored time.Time) error {
	if age := stored.Sub(signed); age.Abs() <= MaxAge {
		return nil
	}
	return fmt.Errorf("%w: it was signed at %s and stored at %s; a job stores what it signs within %v",
		ErrInvalid, signed.UTC().Format(time.RFC3339), stored.UTC().Format(time.RFC3339), MaxAge)
}
