package dump

import (
	"cmp"
	"slices"
	"sync"
)

// queue hands out units, the heaviest first, so that none of them is begun when
// the others are almost done.
type queue struct {
	mu      sync.Mutex
	waiting []*unit // the heaviest last
	open    int     // not copied yet
	live    int     // connections that come for more

	// refused takes the units that only the leader can copy; empty is closed
	// when all are copied.
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

// join adds a connection that takes units, until [queue.next] has
// none for it or [queue.leave] lets it go.
func (q *queue) join() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.live++
}

// leave takes a unit back, if any, from a connection that cannot go on. It
// refuses where nobody is left who would come for what is waiting.
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

// next returns the next unit, nil if there is none.
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

// done reports whether one more unit is copied.
func (q *queue) done() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.open--; q.open == 0 {
		close(q.empty)
	}
}
