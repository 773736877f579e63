package memblob_test

import (
	"sync"
	"testing"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/backendtest"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
)

func TestStoreIsABackend(t *testing.T) {
	t.Parallel()
	backendtest.Run(t, func(*testing.T) blobstore.Backend { return memblob.New(time.Now, memblob.Options{}) })
}

// A store with versions and small pages behaves the same otherwise.
func TestStoreWithVersionsIsABackend(t *testing.T) {
	t.Parallel()
	backendtest.Run(t, func(*testing.T) blobstore.Backend {
		return memblob.New(time.Now, memblob.Options{Versions: true, PageSize: 2})
	})
}

func TestStoreKeepsVersions(t *testing.T) {
	t.Parallel()
	backendtest.RunVersions(t, func(*testing.T) backendtest.Versioned {
		c := &clock{}
		return backendtest.Versioned{
			Backend: memblob.New(c.now, memblob.Options{Versions: true}),
			Advance: c.advance,
			Plain:   memblob.New(c.now, memblob.Options{Name: "plain"}),
		}
	})
}

func TestStoreDelaysCopies(t *testing.T) {
	t.Parallel()
	backendtest.RunSlowCopies(t, func(*testing.T) backendtest.SlowCopies {
		s := memblob.New(time.Now, memblob.Options{})
		s.DelayCopies()
		return backendtest.SlowCopies{Backend: s, Finish: s.FinishCopies, Fail: s.FailCopies}
	})
}

// clock is the machine's clock plus an offset.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}
