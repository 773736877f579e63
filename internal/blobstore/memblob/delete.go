package memblob

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// defaultPolicy is the policy of new versions.
type defaultPolicy struct {
	keep   time.Duration
	locked bool
}

func (p defaultPolicy) at(now time.Time) blobstore.ImmutabilityPolicy {
	if p.keep == 0 {
		return blobstore.ImmutabilityPolicy{}
	}
	return blobstore.ImmutabilityPolicy{Until: now.Add(p.keep).Truncate(time.Second), Locked: p.locked}
}

// SetDefaultPolicy sets the policy of versions written from now on. The policy
// ends when keep has passed since the write. 0 means no policy.
func (s *Store) SetDefaultPolicy(keep time.Duration, locked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.usual = defaultPolicy{keep, locked}
}

// Delete implements [blobstore.Backend].
func (s *Store) Delete(ctx context.Context, name string, c blobstore.Condition) error {
	return s.do(ctx, Delete, func() error {
		v := s.current(name)
		if v == nil {
			return blobstore.ErrNotFound
		}
		if err := s.meets(name, c); err != nil {
			return err
		}
		if s.copies.pending(v) {
			return fmt.Errorf("delete %s: its copy is pending", name)
		}
		h := s.blobs[name]
		if s.keep(h); len(h.previous)+len(h.deleted) == 0 {
			delete(s.blobs, name)
		}
		return nil
	})
}

// DeleteVersion implements [blobstore.Backend].
func (s *Store) DeleteVersion(ctx context.Context, name, id string) error {
	return s.do(ctx, DeleteVersion, func() error {
		v := s.version(name, id)
		switch {
		case v == nil:
			return blobstore.ErrNotFound
		case !v.Previous:
			return fmt.Errorf("version %s is the current one of %s", id, name)
		case v.Policy.Holds(s.clock()):
			return blobstore.ErrLocked
		}
		h := s.blobs[name]
		h.previous = slices.DeleteFunc(h.previous, func(other *version) bool { return other == v })
		if s.o.SoftDeleteDays > 0 {
			v.gone = s.clock()
			h.deleted = append(h.deleted, v)
		}
		if h.current == nil && len(h.previous)+len(h.deleted) == 0 {
			delete(s.blobs, name)
		}
		return nil
	})
}

// Kept returns the versions of the blobs under a prefix, by "NAME@ID". The
// value is false for a deleted version that soft delete still keeps.
func (s *Store) Kept(prefix string) map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := map[string]bool{}
	for name, h := range s.blobs {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		for _, v := range h.listed(true) {
			kept[name+"@"+v.Version] = true
		}
		for _, v := range h.deleted {
			if s.clock().Before(v.gone.AddDate(0, 0, s.o.SoftDeleteDays)) {
				kept[name+"@"+v.Version] = false
			}
		}
	}
	return kept
}

// version returns a version by its ID, or nil if it does not exist.
func (s *Store) version(name, id string) *version {
	h := s.blobs[name]
	if h == nil || id == "" {
		return nil
	}
	for _, v := range h.listed(true) {
		if v.Version == id {
			return v
		}
	}
	return nil
}

// SetImmutabilityPolicy implements [blobstore.Backend].
func (s *Store) SetImmutabilityPolicy(ctx context.Context, name, id string, p blobstore.ImmutabilityPolicy) error {
	return s.do(ctx, SetImmutabilityPolicy, func() error {
		if !s.o.Versions {
			return s.Location().NoPolicies(fmt.Errorf("container %s keeps no versions", s.o.Name))
		}
		v := s.current(name)
		if id != "" {
			v = s.version(name, id)
		}
		p.Until = p.Until.UTC().Truncate(time.Second)
		switch {
		case v == nil:
			return blobstore.ErrNotFound
		case !p.Holds(s.clock()):
			return fmt.Errorf("the policy of %s has ended already", name)
		case v.Policy.Locked && (!p.Locked || p.Until.Before(v.Policy.Until)):
			return blobstore.ErrLocked
		}
		v.Policy = p
		return nil
	})
}
