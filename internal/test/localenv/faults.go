package localenv

import (
	"sync"
	"time"
)

// fault is an answer that replaces the right one.
type fault struct {
	status     int
	retryAfter time.Duration
	left       int
}

// faults are the pending faults, by key.
type faults struct {
	mu    sync.Mutex
	byKey map[string]*fault
}

func (f *faults) failNext(key string, n, status int, retryAfter time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.byKey == nil {
		f.byKey = map[string]*fault{}
	}
	f.byKey[key] = &fault{status: status, retryAfter: retryAfter, left: n}
}

// take returns the fault for a request, if any, and counts it.
func (f *faults) take(key string) (fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	next := f.byKey[key]
	if next == nil || next.left == 0 {
		return fault{}, false
	}
	next.left--
	return *next, true
}
