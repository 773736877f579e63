package vault

import (
	"context"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// Retention takes the place of what a point's manifest says of its retention.
type Retention struct {
	Policy  string    `json:"policy"`
	Rule    string    `json:"rule"`
	Expires time.Time `json:"expires"`
	// ArchiveAt is when the dump moves to the archive tier; zero if it never does.
	ArchiveAt time.Time `json:"archiveAt,omitzero"`
	// AtLeast is until when a person has asked for the point to be kept, whatever
	// policies say later.
	AtLeast time.Time `json:"atLeast,omitzero"`
	// At, Job, Identity and Reason tell the change from the manifest's.
	At       time.Time `json:"at,omitzero"`
	Job      string    `json:"job,omitempty"`
	Identity string    `json:"identity,omitempty"`
	Reason   string    `json:"reason,omitempty"`
}

// readRetention takes one that it cannot read for one without an expiry, so
// that the point stays.
func readRetention(blob blobstore.Blob) *Retention {
	r := &Retention{}
	if !readState(blob.Meta, r) {
		return &Retention{}
	}
	return r
}

// SetRetention changes how long a point is kept, from now on.
func (v *Vault) SetRetention(ctx context.Context, instance, id string, r Retention) error {
	r.Reason, r.Identity = cut(r.Reason), cut(r.Identity)
	content, meta, err := encodeState(retentionName, r)
	if err != nil {
		return err
	}
	if _, err := v.container.Put(ctx, pointPrefix(instance, id)+retentionName, content, meta); err != nil {
		return fmt.Errorf("set the retention of point %s: %w", id, err)
	}
	return nil
}
