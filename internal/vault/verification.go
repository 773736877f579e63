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

// Outcome is the outcome of a point's read-back.
type Outcome string

// The outcomes.
const (
	OutcomeGood    Outcome = "good"
	OutcomeDamaged Outcome = "damaged"
)

// Verification is the record of a read-back. It applies only to the dump with
// its ETag.
type Verification struct {
	// ETag is that of the dump that was read; empty if there was no dump.
	ETag    string    `json:"etag"`
	At      time.Time `json:"at"`
	Job     string    `json:"job"`
	Outcome Outcome   `json:"outcome"`
	// Damage lists the first maxDamage damaged parts.
	Damage []manifest.Damage `json:"damage,omitempty"`
	// More counts the damaged parts that are not listed.
	More int `json:"more,omitempty"`
	// Note says that the manifest was accepted without a signature. It is not
	// recorded: another trust file may require one.
	Note string `json:"-"`
}

// maxDamage is the number of damaged parts listed for a point. The list must
// fit into metadata.
const maxDamage = 10

// FullName returns d with the full name of its blob, which belongs to the
// point.
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

// readVerification returns nil if the verification cannot be read. The point is
// then judged by the listing alone.
func readVerification(blob blobstore.Blob) *Verification {
	v := &Verification{}
	if !readState(blob.Meta, v) || v.Outcome != OutcomeGood && v.Outcome != OutcomeDamaged {
		return nil
	}
	return v
}

// ErrGone is returned if a point to be read no longer exists or is deleted.
var ErrGone = errors.New("the point is gone, or deleted")

// putVerification records an outcome beside its point and replaces an earlier
// one. It returns [ErrGone] if the point was deleted meanwhile.
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
