package chain

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// Record is a record of a chain.
type Record struct {
	proof.Record
	SHA256 string
	// KeyID is the key that signed the record; empty if none of the trust file did.
	KeyID string
	// At is when the storage got it.
	At time.Time
}

// Add verifies the next record, in the order of their numbers. It returns what the
// record says, or false if it cannot be read or another vault or instance wrote it.
func (v *Verifier) Add(s Stored) (Record, bool) {
	v.gap(s)
	r, ok := v.open(s)
	v.last = s.Sequence
	return r, ok
}

// gap reports the records between the last one and this one.
func (v *Verifier) gap(s Stored) {
	first, last := v.last+1, s.Sequence-1
	switch {
	case first == last:
		v.problem(Missing, first, "record %d is missing", first)
	case first < last:
		v.problem(Missing, first, "records %d to %d are missing", first, last)
	default:
		return
	}
	for n := first; n <= last && n < first+maxReported; n++ {
		v.reported[n] = true
	}
	v.sum = ""
}

// maxReported bounds the memory that a gap takes.
const maxReported = 1000

func (v *Verifier) open(s Stored) (r Record, ok bool) {
	if s.Deleted {
		v.problem(Deleted, s.Sequence, "record %d was deleted; the storage account still has an earlier version of it", s.Sequence)
		v.sum = ""
		return r, false
	}
	v.result.Records++
	v.result.Head = s.Sequence
	if s.Unreadable != "" {
		v.problem(Unreadable, s.Sequence, "record %d cannot be read: %s", s.Sequence, s.Unreadable)
		v.sum = ""
		return r, false
	}
	before := v.sum
	sum := sha256.Sum256(s.Content)
	v.sum = hex.EncodeToString(sum[:])
	v.sums[s.Sequence], v.result.HeadSHA256 = v.sum, v.sum
	if s.Changed {
		v.problem(Changed, s.Sequence, "record %d was written over: the storage account has an earlier version of it, and a drill writes a record once", s.Sequence)
	}
	e, err := statement.Decode(s.Content, statement.TypeProof)
	r = Record{SHA256: v.sum, At: s.At}
	if err == nil {
		err = json.Unmarshal(e.Payload, &r.Record)
	}
	if err != nil {
		v.problem(Unreadable, s.Sequence, "record %d is no record of a drill: %.200v", s.Sequence, err)
		return r, false
	}
	if r.FormatVersion > proof.FormatVersion {
		v.problem(Unreadable, s.Sequence, "record %d has format version %d, and this program knows up to %d: use a newer one", s.Sequence, r.FormatVersion, proof.FormatVersion)
		return r, false
	}
	r.KeyID = v.signature(e, s, r)
	return r, v.ofPlace(s, r, before)
}

// ofPlace reports whether a record belongs to the chain. before is the hash of the
// record before it; empty if that is unknown.
func (v *Verifier) ofPlace(s Stored, r Record, before string) bool {
	if r.Instance != v.place.Instance || v.place.VaultID != "" && r.VaultID != v.place.VaultID {
		v.problem(Foreign, s.Sequence, "record %d is of another chain: it was written for instance %.200q in vault %.80q", s.Sequence, r.Instance, r.VaultID)
		return false
	}
	switch {
	case r.Sequence != s.Sequence:
		v.problem(Moved, s.Sequence, "record %d is not at its place: it was written as record %d", s.Sequence, r.Sequence)
	case s.Sequence == 1 && r.Previous != "":
		v.problem(Unlinked, 1, "record 1 was written behind another one, with the SHA-256 %.64s, which is gone", r.Previous)
	case s.Sequence > 1 && v.last == s.Sequence-1 && before != "" && r.Previous != before:
		v.problem(Unlinked, s.Sequence, "record %d was not written behind the stored record %d: it names the SHA-256 %.64q, and the stored one has %s", s.Sequence, v.last, r.Previous, before)
	}
	return true
}

// signature checks who signed a record and when, and returns the key.
func (v *Verifier) signature(e statement.Envelope, s Stored, r Record) (keyID string) {
	at := s.At
	if slices.ContainsFunc(v.keys.Copied, at.UTC().Truncate(24*time.Hour).Equal) {
		at = r.RecordedAt
	}
	if age := at.Sub(r.RecordedAt); age.Abs() > statement.MaxAge {
		v.problem(Late, s.Sequence, "record %d was not stored by its drill: it says %s, and the storage got it at %s",
			s.Sequence, r.RecordedAt.UTC().Format(time.RFC3339), at.UTC().Format(time.RFC3339))
	}
	keyID, err := e.Verify(v.keys.Evidence, at)
	switch {
	case err == nil:
		v.result.Signed++
	case len(v.keys.Evidence) == 0:
	case errors.Is(err, statement.ErrInvalid):
		v.problem(Forged, s.Sequence, "record %d: %.400s", s.Sequence, err)
	case v.older(at) && len(e.Signatures) == 0:
		v.unsigned++
	default:
		v.problem(Unsigned, s.Sequence, "record %d: %.400s", s.Sequence, fmt.Sprint(err))
	}
	return keyID
}

// older reports whether a time is before the first key for evidence.
func (v *Verifier) older(at time.Time) bool {
	for _, key := range v.keys.Evidence {
		if !at.Before(key.From) {
			return false
		}
	}
	return true
}
