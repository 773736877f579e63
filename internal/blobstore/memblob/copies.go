package memblob

import (
	"slices"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// copies is the state of the copies of archived blobs.
type copies struct {
	slow   bool
	begun  []*pendingCopy
	asked  []blobstore.Priority
	raised []string
}

type pendingCopy struct {
	*version
	priority blobstore.Priority
}

func (c *copies) find(v *version) *pendingCopy {
	for _, p := range c.begun {
		if p.version == v {
			return p
		}
	}
	return nil
}

func (c *copies) pending(v *version) bool { return c.find(v) != nil }

// DelayCopies makes new copies stay pending until [Store.FinishCopies] or
// [Store.FailCopies] is called.
func (s *Store) DelayCopies() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.copies.slow = true
}

// FinishCopies completes all pending copies. Later copies complete at once.
func (s *Store) FinishCopies() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.copies.slow = false
	for _, p := range s.copies.begun {
		p.Tier, p.ETag = blobstore.Hot, etag()
	}
	s.copies.begun = nil
}

// FailCopies fails all pending copies.
func (s *Store) FailCopies() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range slices.Clone(s.copies.begun) {
		s.end(p.version, `copy failed: 500 InternalServerError "a fault that a test asked for"`)
	}
}

// end ends a pending copy and leaves an empty blob.
func (s *Store) end(v *version, failure string) {
	s.copies.begun = slices.DeleteFunc(s.copies.begun, func(p *pendingCopy) bool { return p.version == v })
	v.content, v.Size, v.Tier, v.ETag, v.copy.Failure = nil, 0, blobstore.Hot, etag(), failure
}

// CopiesAsked returns the priorities of all copies so far, in the order of
// their start.
func (s *Store) CopiesAsked() []blobstore.Priority {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.copies.asked)
}

// CopiesRaised returns the names of the copies whose priority was raised, in
// order.
func (s *Store) CopiesRaised() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.copies.raised)
}

// CopiesPending returns the number of pending copies.
func (s *Store) CopiesPending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.copies.begun)
}
