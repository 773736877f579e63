package dump

import (
	"cmp"
	"slices"
	"sync"
)

// queue hands out units, heaviest first, so that no long unit is started at the
// end.
type queue struct {
	mu      sync.Mutex
	waiting []*unit // heaviest last
	open    int     // units not copied yet
	live    int     // connections that take units

	// refused receives the units that only the leader can copy. empty is closed
	// when all units are copied.
	refused chan *unit
	empty   chan struct{}
}

func newQueue(units []*unit) *queue {
	q := &queue{waiting: slices.Clone(units), open: len(units), refused: make(chan *unit, len(units)), empty: make(chan struct{})}
	slices.SortStableFunc(q.waiting, func(a, b *unit) int { return cmp.Compare(a.weight.total, b.weight.total) })
	if q.open == 0 {
		close(q.empty)
	}
	return q
}

// join adds a connection that takes units until [queue.next] returns nil or
// [queue.leave] removes it.
func (q *queue) join() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.live++
}

// leave removes a connection that cannot continue, and puts back its unit, if
// any. It returns false if units are waiting and no other connection would take
// them.
func (q *queue) leave(u *unit) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.live == 1 && (u != nil || len(q.waiting) > 0) {
		return false
	}
	q.live--
	if u != nil {
		q.waiting = append(q.waiting, u)
	}
	return true
}

// next returns the next unit, or nil if there is none.
func (q *queue) next() *unit {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := len(q.waiting)
	if n == 0 {
		q.live--
		return nil
	}
	u := q.waiting[n-1]
	q.waiting = q.waiting[:n-1]
	return u
}

// done counts a unit as copied.
func (q *queue) done() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.open--; q.open == 0 {
		close(q.empty)
	}
}
