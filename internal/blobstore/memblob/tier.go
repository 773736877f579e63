package memblob

import (
	"context"
	"fmt"
	"slices"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
)

// tiers are the tiers of a general-purpose account.
var tiers = []blobstore.Tier{blobstore.Hot, "Cool", "Cold", blobstore.Archive}

// SetTier implements [blobstore.Backend].
func (s *Store) SetTier(ctx context.Context, name string, tier blobstore.Tier) error {
	return s.do(ctx, SetTier, func() error {
		v := s.current(name)
		switch {
		case v == nil:
			return blobstore.ErrNotFound
		case !slices.Contains(tiers, tier):
			return failure.New(failure.ArchiveTierNotSupported, "", "storage account %s does not take %s into tier %s", s.Location().Account, name, tier)
		case s.copies.pending(v):
			return blobstore.ErrArchived
		case v.Tier == blobstore.Archive && tier != blobstore.Archive:
			return fmt.Errorf("move %s to tier %s: this store reads archived blobs through copies only", name, tier)
		}
		v.Tier = tier
		return nil
	})
}

// StartCopy implements [blobstore.Backend].
func (s *Store) StartCopy(ctx context.Context, r blobstore.Rehydration) error {
	return s.do(ctx, StartCopy, func() error {
		source := s.current(r.From)
		switch {
		case r.ETag == "" || r.From == r.To || r.Priority != blobstore.Standard && r.Priority != blobstore.High:
			return fmt.Errorf("copy %s to %s: it needs an ETag, another name and a priority", r.From, r.To)
		case source == nil:
			return blobstore.ErrNotFound
		case source.ETag != r.ETag:
			return blobstore.ErrChanged
		case s.copies.pending(source):
			return blobstore.ErrArchived
		}
		if err := checkBlob(r.To, r.Meta); err != nil {
			return err
		}
		if err := s.meets(r.To, blobstore.Condition{New: true}); err != nil {
			return err
		}
		v := s.replace(r.To, source.content, r.Meta)
		v.copy.ID = fmt.Sprintf("copy-%d", s.serial)
		s.copies.asked = append(s.copies.asked, r.Priority)
		if s.copies.slow {
			v.Tier = blobstore.Archive
			s.copies.begun = append(s.copies.begun, &pendingCopy{v, r.Priority})
		}
		return nil
	})
}

// RaisePriority implements [blobstore.Backend].
func (s *Store) RaisePriority(ctx context.Context, name string) error {
	return s.do(ctx, RaisePriority, func() error {
		v := s.current(name)
		if v == nil {
			return blobstore.ErrNotFound
		}
		p := s.copies.find(v)
		switch {
		case p == nil && v.Tier == blobstore.Archive:
			return fmt.Errorf("raise the priority of %s: it is in the archive tier, and no copy", name)
		case p != nil && p.priority != blobstore.High:
			p.priority = blobstore.High
			s.copies.raised = append(s.copies.raised, name)
		}
		return nil
	})
}

// AbortCopy implements [blobstore.Backend].
func (s *Store) AbortCopy(ctx context.Context, name, id string) error {
	return s.do(ctx, AbortCopy, func() error {
		v := s.current(name)
		if v == nil || !s.copies.pending(v) {
			return nil
		}
		if v.copy.ID != id {
			return fmt.Errorf("abort copy %s of %s: its ID is %s", id, name, v.copy.ID)
		}
		s.end(v, "copy aborted: ")
		return nil
	})
}
