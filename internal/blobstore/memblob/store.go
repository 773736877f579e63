package memblob

import (
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// Options are the options of a store. The zero value is a container without
// versions and with Azure's limits.
type Options struct {
	// Name is the container's name. "" means a unique one.
	Name string
	// Versions enables previous versions and immutability policies.
	Versions bool
	// SoftDeleteDays is the number of days for which deleted versions are kept: see
	// [Store.Kept]. 0 disables soft delete.
	SoftDeleteDays int
	// PageSize is the maximum size of a page of a listing. 0 means 5,000.
	PageSize int
	// MaxBlocks is the maximum number of blocks of a blob, MaxBlockSize their
	// maximum size in bytes. 0 means Azure's limit.
	MaxBlocks    int
	MaxBlockSize int
}

// Store is a container in memory. It is safe for concurrent use.
type Store struct {
	o     Options
	clock func() time.Time

	mu     sync.Mutex
	blobs  map[string]*history
	staged map[string]map[string][]byte // by blob name and block ID
	serial int
	usual  defaultPolicy
	copies copies
	faults []*Fault
}

var _ blobstore.Backend = (*Store)(nil)

// history is the versions of one blob.
type history struct {
	current  *version   // nil if the blob is deleted
	previous []*version // from the oldest to the newest
	deleted  []*version // deleted versions that soft delete keeps
}

// version is one version of a blob. Its content is immutable.
type version struct {
	blobstore.Blob
	serial  int       // orders the versions of a blob
	gone    time.Time // time of the deletion; zero if not deleted
	content []byte
	copy    blobstore.CopyStatus
}

// New returns an empty store. clock returns the current time.
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

// Container returns a container with the store as its backend. outageLimit
// bounds its retries; zero means the default of [blobstore.New].
func (s *Store) Container(outageLimit time.Duration) *blobstore.Container {
	return blobstore.New(s, outageLimit)
}

// Location implements [blobstore.Backend].
func (s *Store) Location() blobstore.Location {
	return blobstore.Location{URL: "https://memory.invalid/" + s.o.Name, Account: "memory", Container: s.o.Name}
}

// CopyTo copies the current blobs to another store. Each copy has the content
// and the metadata of its source, and a new ETag and time, as with Azure's
// tools.
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

// Versions returns the number of versions of the blobs under a prefix,
// including current ones.
func (s *Store) Versions(prefix string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.entries(blobstore.Listing{Prefix: prefix, Versions: true}))
}

// current returns the current version of a blob, or nil if it does not exist.
func (s *Store) current(name string) *version {
	if h := s.blobs[name]; h != nil {
		return h.current
	}
	return nil
}

// replace adds a new current version of a blob.
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

// keep makes the current version a previous one. It drops the version if the
// store keeps none.
func (s *Store) keep(h *history) {
	if s.o.Versions {
		h.current.Previous = true
		h.previous = append(h.previous, h.current)
	}
	h.current = nil
}

// ETags and names are unique across all stores.
var etags, stores atomic.Int64

// etag returns a new ETag.
func etag() string { return fmt.Sprintf("0x8DD%012X", etags.Add(1)) }

// clone returns a copy of m. It is never nil, as in answers of the storage.
func clone(m blobstore.Meta) blobstore.Meta {
	out := make(blobstore.Meta, len(m))
	maps.Copy(out, m)
	return out
}
