package memblob

import (
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// Options are the properties of a store. The zero value is a container without
// versions, with Azure's limits.
type Options struct {
	// Name is the container's; "" means one of its own.
	Name string
	// Versions has previous versions kept, and immutability policies known.
	Versions bool
	// SoftDeleteDays is for how many days a version that is deleted can be had back:
	// see [Store.Kept]. 0 means not at all.
	SoftDeleteDays int
	// PageSize is the largest page of a listing. 0 means 5,000.
	PageSize int
	// MaxBlocks is the largest number of blocks of a blob, and MaxBlockSize their
	// largest size in bytes. 0 means Azure's.
	MaxBlocks    int
	MaxBlockSize int
}

// Store is a container in memory. It is safe for concurrent use.
type Store struct {
	o     Options
	clock func() time.Time

	mu     sync.Mutex
	blobs  map[string]*history
	staged map[string]map[string][]byte // by the names of blobs and the IDs of blocks
	serial int
	usual  defaultPolicy
	copies copies
	faults []*Fault
}

var _ blobstore.Backend = (*Store)(nil)

// history is the versions of one blob.
type history struct {
	current  *version   // nil if the blob is deleted
	previous []*version // the oldest first
	deleted  []*version // kept by soft delete
}

// version is one version of a blob. Its content is never altered.
type version struct {
	blobstore.Blob
	serial  int       // orders the versions of a blob
	gone    time.Time // when the version was deleted; zero if it was not
	content []byte
	copy    blobstore.CopyStatus
}

// New returns an empty store with a clock.
func New(clock func() time.Time, o Options) *Store {
	if o.Name == "" {
		o.Name = fmt.Sprintf("container-%d", stores.Add(1))
	}
	if o.PageSize == 0 {
		o.PageSize = 5000
	}
	if o.MaxBlocks == 0 {
		o.MaxBlocks = blobstore.MaxBlocks
	}
	if o.MaxBlockSize == 0 {
		o.MaxBlockSize = blobstore.MaxBlockSize
	}
	return &Store{o: o, clock: clock, blobs: map[string]*history{}, staged: map[string]map[string][]byte{}}
}

// Container returns a container of the store. It tries again for the outage limit
// while the store is away; zero means [blobstore.New]'s.
func (s *Store) Container(outageLimit time.Duration) *blobstore.Container {
	return blobstore.New(s, outageLimit)
}

// Location implements [blobstore.Backend].
func (s *Store) Location() blobstore.Location {
	return blobstore.Location{URL: "https://memory.invalid/" + s.o.Name, Account: "memory", Container: s.o.Name}
}

// CopyTo copies the current blobs to another store. As by Azure's tools, each copy
// keeps content and metadata and has an ETag and a time of its own.
func (s *Store) CopyTo(other *Store) {
	s.mu.Lock()
	defer s.mu.Unlock()
	other.mu.Lock()
	defer other.mu.Unlock()
	for name, h := range s.blobs {
		if h.current != nil {
			copied := other.replace(name, h.current.content, h.current.Meta)
			copied.MD5, copied.Tier = h.current.MD5, h.current.Tier
		}
	}
}

// Versions returns the number of versions, current ones included, of the blobs
// whose names have a prefix.
func (s *Store) Versions(prefix string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.entries(blobstore.Listing{Prefix: prefix, Versions: true}))
}

// current returns the current version of a blob; nil if it does not exist.
func (s *Store) current(name string) *version {
	if h := s.blobs[name]; h != nil {
		return h.current
	}
	return nil
}

// replace makes a new current version of a blob.
func (s *Store) replace(name string, content []byte, meta blobstore.Meta) *version {
	h := s.blobs[name]
	if h == nil {
		h = &history{}
		s.blobs[name] = h
	}
	if h.current != nil {
		s.keep(h)
	}
	now := s.clock().UTC()
	s.serial++
	v := &version{content: content, serial: s.serial, Blob: blobstore.Blob{
		Name: name, Size: int64(len(content)), ETag: etag(), LastModified: now.Truncate(time.Second), Meta: clone(meta), Tier: blobstore.Hot,
	}}
	if s.o.Versions {
		v.Version = fmt.Sprintf("%s.%07dZ", now.Format("2006-01-02T15:04:05"), s.serial)
		v.Policy = s.usual.at(now)
	}
	h.current = v
	return v
}

// keep makes the current version a previous one, or drops it where none are kept.
func (s *Store) keep(h *history) {
	if s.o.Versions {
		h.current.Previous = true
		h.previous = append(h.previous, h.current)
	}
	h.current = nil
}

// No two blobs have the same ETag, in whatever store, and no two stores the same name.
var etags, stores atomic.Int64

// etag returns a new ETag.
func etag() string { return fmt.Sprintf("0x8DD%012X", etags.Add(1)) }

// clone never returns nil, since no answer of a storage does.
func clone(m blobstore.Meta) blobstore.Meta {
	out := make(blobstore.Meta, len(m))
	maps.Copy(out, m)
	return out
}
