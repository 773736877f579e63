package vault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// Retention replaces the retention in a point's manifest.
type Retention struct {
	Policy  string    `json:"policy"`
	Rule    string    `json:"rule"`
	Expires time.Time `json:"expires"`
	// ArchiveAt is when the dump moves to the archive tier; zero if it never does.
	ArchiveAt time.Time `json:"archiveAt,omitzero"`
	// AtLeast is the time until which a person asked to keep the point; later
	// policies do not shorten it.
	AtLeast time.Time `json:"atLeast,omitzero"`
	// At, Job, Identity and Reason describe the change; they are empty in the
	// manifest's own retention.
	At       time.Time `json:"at,omitzero"`
	Job      string    `json:"job,omitempty"`
	Identity string    `json:"identity,omitempty"`
	Reason   string    `json:"reason,omitempty"`

	etag string
}

// readRetention treats an unreadable retention as one without an expiry, so
// that the point is kept.
func readRetention(blob blobstore.Blob) *Retention {
	r := &Retention{}
	if !readState(blob.Meta, r) {
		r = &Retention{}
	}
	r.etag = blob.ETag
	return r
}

// SetRetention replaces a point's retention unconditionally.
func (v *Vault) SetRetention(ctx context.Context, instance, id string, r Retention) error {
	return setRetention(instance, id, r, func(name string, content []byte, meta blobstore.Meta) error {
		_, err := v.container.Put(ctx, name, content, meta)
		return err
	})
}

// ReplaceRetention is like SetRetention, but returns [blobstore.ErrChanged] if
// the retention has changed since the point was listed.
func (v *Vault) ReplaceRetention(ctx context.Context, p Point, r Retention) error {
	return setRetention(p.Instance, p.ID, r, func(name string, content []byte, meta blobstore.Meta) error {
		if p.Extended != nil {
			_, err := v.container.PutIf(ctx, name, content, meta, p.Extended.etag)
			return err
		}
		_, err := v.container.PutNew(ctx, name, content, meta)
		if errors.Is(err, blobstore.ErrExists) {
			return errors.Join(blobstore.ErrChanged, err)
		}
		return err
	})
}

func setRetention(instance, id string, r Retention, put func(name string, content []byte, meta blobstore.Meta) error) error {
	r.Reason, r.Identity, r.Job = cut(r.Reason, maxText), cut(r.Identity, maxIdentity), cut(r.Job, maxJob)
	content, meta, err := encodeState(retentionName, r)
	if err != nil {
		return err
	}
	if err := put(pointPrefix(instance, id)+retentionName, content, meta); err != nil {
		return fmt.Errorf("set the retention of point %s: %w", id, err)
	}
	return nil
}
