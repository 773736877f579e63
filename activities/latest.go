package activities

import (
	"sync"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// latest hands the newest checkpoint from the data path to the heartbeat.
type latest struct {
	mu    sync.Mutex
	value blobstore.Checkpoint
}

func newLatest(c blobstore.Checkpoint) *latest { return &latest{value: c} }

func (l *latest) set(c blobstore.Checkpoint) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.value = c
}

func (l *latest) get() blobstore.Checkpoint {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.value
}
