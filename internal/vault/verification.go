package vault

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
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
	Damage []Damage `json:"damage,omitempty"`
	// More counts the places that are not listed.
	More int `json:"more,omitempty"`
}

// Damage is a part of a blob that is not what was stored.
type Damage struct {
	// Blob is the blob's name within the folder of the point.
	Blob   string `json:"blob"`
	Offset int64  `json:"offset"`
	// Size is the length of the damaged part; absent where the whole rest is meant.
	Size int64 `json:"size,omitempty"`
	// What is one of the constants below.
	What string `json:"what"`
}

// What may be wrong with a blob.
const (
	WhatMissing  = "missing"
	WhatLength   = "other length"
	WhatBytes    = "other bytes"
	WhatUnread   = "cannot be decoded"
	WhatMetadata = "other metadata"
)

// maxDamage is how many places of damage are listed of one point, so that they
// fit into metadata.
const maxDamage = 10

// String returns the damage in words.
func (d Damage) String() string {
	switch {
	case d.What != WhatBytes && d.What != WhatLength:
		return d.Blob + ": " + d.What
	case d.Size > 0:
		return fmt.Sprintf("%s: %s at offset %d, %d bytes", d.Blob, d.What, d.Offset, d.Size)
	}
	return fmt.Sprintf("%s: %s at offset %d", d.Blob, d.What, d.Offset)
}

// Of returns the damage with the full name of its blob, which belongs to that point.
func (d Damage) Of(instance, point string) Damage {
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
	v.Damage = append(v.Damage, Damage{Blob: path.Base(blob), Offset: offset, Size: size, What: what})
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
