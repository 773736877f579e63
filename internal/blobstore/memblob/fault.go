package memblob

import (
	"context"
	"runtime"
	"slices"

	"github.com/pgvault/pgvault/internal/failure"
)

// Op is the name of a method of [blobstore.Backend].
type Op string

// The methods that can fail.
const (
	Stat                  Op = "Stat"
	Read                  Op = "Read"
	Put                   Op = "Put"
	Delete                Op = "Delete"
	DeleteVersion         Op = "DeleteVersion"
	List                  Op = "List"
	StageBlock            Op = "StageBlock"
	CommitBlocks          Op = "CommitBlocks"
	SetTier               Op = "SetTier"
	StartCopy             Op = "StartCopy"
	RaisePriority         Op = "RaisePriority"
	AbortCopy             Op = "AbortCopy"
	SetImmutabilityPolicy Op = "SetImmutabilityPolicy"
	ServerTime            Op = "ServerTime"
	SoftDeleteDays        Op = "SoftDeleteDays"
)

// Fault describes requests that fail. The zero value fails all requests as in
// an outage.
type Fault struct {
	// Ops are the requests that fail. An empty Ops means all.
	Ops []Op
	// Skip is the number of these requests that succeed first.
	Skip int
	// Times is the number of requests that then fail. 0 means all until the fault
	// is removed.
	Times int
	// Err is the error. Nil means [Store.Outage].
	Err error
	// Lost makes the request fail after it was carried out.
	Lost bool
	// After, if positive, makes Read succeed and its reader fail after this many
	// bytes. It applies to Read only.
	After int64
}

// Inject adds a fault and returns a function that removes it. If several faults
// match a request, the first one added applies.
func (s *Store) Inject(f Fault) (remove func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	added := &f
	s.faults = append(s.faults, added)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.drop(added)
	}
}

// Outage returns the error of a storage that does not answer.
func (s *Store) Outage() error {
	return failure.New(failure.StorageUnavailable, "", "storage account %s does not answer", s.Location().Account)
}

func (s *Store) drop(f *Fault) {
	s.faults = slices.DeleteFunc(s.faults, func(other *Fault) bool { return other == f })
}

// fault returns the fault of a request, or nil if the request succeeds.
func (s *Store) fault(op Op) *Fault {
	for _, f := range s.faults {
		if len(f.Ops) > 0 && !slices.Contains(f.Ops, op) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		found := *f
		if found.Err == nil {
			found.Err = s.Outage()
		}
		if f.Times--; f.Times == 0 {
			s.drop(f)
		}
		return &found
	}
	return nil
}

// do carries out a request unless a fault prevents it. It first yields to other
// goroutines, as a request over a network does.
func (s *Store) do(ctx context.Context, op Op, request func() error) error {
	runtime.Gosched()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	f := s.fault(op)
	if f != nil && !f.Lost {
		return f.Err
	}
	if err := request(); err != nil || f == nil {
		return err
	}
	return f.Err
}
