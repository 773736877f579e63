package vault

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// Outcome is what a read-back of a point found.
type Outcome string

// The outcomes.
const (
	OutcomeGood    Outcome = "good"
	OutcomeDamaged Outcome = "damaged"
)

// Verification is the outcome of a read-back. It counts for the dump with that
// ETag and for no other one.
type Verification struct {
	// ETag is that of the dump that was read; empty if there was none.
	ETag    string    `json:"etag"`
	At      time.Time `json:"at"`
	Job     string    `json:"job"`
	Outcome Outcome   `json:"outcome"`
	// Damage lists the places that are not what was stored, the first ones of many.
	Damage []manifest.Damage `json:"damage,omitempty"`
	// More counts the places that are not listed.
	More int `json:"more,omitempty"`
}

// maxDamage is how many places of damage are listed of one point, so that they
// fit into metadata.
const maxDamage = 10

// FullName returns damage with the full name of its blob, which belongs to a point.
func FullName(d manifest.Damage, instance, point string) manifest.Damage {
	d.Blob = pointPrefix(instance, point) + d.Blob
	return d
}

// found adds a damaged part.
func (v *Verification) found(blob string, offset, size int64, what string) {
	v.Outcome = OutcomeDamaged
	if len(v.Damage) >= maxDamage {
		v.More++
		return
	}
	v.Damage = append(v.Damage, manifest.Damage{Blob: path.Base(blob), Offset: offset, Size: size, What: what})
}

// readVerification returns nil for one that cannot be read: the point is then
// what the listing alone shows.
func readVerification(blob blobstore.Blob) *Verification {
	v := &Verification{}
	if !readState(blob.Meta, v) || v.Outcome != OutcomeGood && v.Outcome != OutcomeDamaged {
		return nil
	}
	return v
}

// ErrGone is returned for a point that is no longer there to be read, or deleted.
var ErrGone = errors.New("the point is gone, or deleted")

// putVerification records an outcome beside its point, unless a sweep has taken
// the point meanwhile. The newest outcome takes the place of the one before.
func (v *Vault) putVerification(ctx context.Context, p Point, outcome Verification) error {
	if now, err := v.currentPoint(ctx, p); err != nil || now.Deleted != nil {
		return errors.Join(err, ErrGone)
	}
	outcome.Job = cut(outcome.Job, maxJob)
	content, meta, err := encodeState(verificationName, outcome)
	if err != nil {
		return err
	}
	if _, err := v.container.Put(ctx, pointPrefix(p.Instance, p.ID)+verificationName, content, meta); err != nil {
		return fmt.Errorf("record the verification of point %s: %w", p.ID, err)
	}
	return nil
}
