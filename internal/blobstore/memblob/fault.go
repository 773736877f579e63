package memblob

import (
	"context"
	"runtime"
	"slices"

	"github.com/pgvault/pgvault/internal/failure"
)

// Op is a request, by the name of its method.
type Op string

// The requests.
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

// Fault makes requests fail. The zero value is a storage that is away.
type Fault struct {
	// Ops are the requests that fail; all if there are none.
	Ops []Op
	// Skip is how many of these requests succeed first.
	Skip int
	// Times is how many of them fail then; 0 means all, until the fault is removed.
	Times int
	// Err is the error; nil means [Store.Outage].
	Err error
	// Lost has the request carried out before it fails.
	Lost bool
	// After, if it is positive, has a Read succeed and its reader fail after so
	// many bytes. It is of no other request.
	After int64
}

// Inject adds a fault and returns a function that removes it. Of several faults
// of a request, the first added decides.
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

// fault returns the fault of a request; nil if it succeeds.
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

// do carries a request out, unless a fault comes before it. Other goroutines come
// in between, as they do while a request is on its way.
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
