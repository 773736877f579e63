package restore

import "sync"

// queue hands out what is to be loaded. A connection gets a piece of a table
// that nobody is at, the largest first, and stays with it: two that fill one
// table get into each other's way on the server. Only when there is no other
// work do several share a table. It is safe for concurrent use.
type queue struct {
	mu     sync.Mutex
	tables []*work
}

// work is what is left of a table, or of small ones that are read together.
type work struct {
	left    []run
	bytes   int64
	loaders int
}

func newQueue(all []run) *queue {
	q := &queue{}
	for i, some := range all {
		if i == 0 || !sameTable(all[i-1], some) {
			q.tables = append(q.tables, &work{})
		}
		w := q.tables[len(q.tables)-1]
		w.left, w.bytes = append(w.left, some), w.bytes+some.length()
	}
	return q
}

func sameTable(a, b run) bool { return len(a) == 1 && len(b) == 1 && a[0].entry == b[0].entry }

// next gives the next run to whoever has been at mine, which is nil at first.
func (q *queue) next(mine *work) (some run, its *work) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if mine != nil {
		mine.loaders--
	}
	for _, w := range q.tables {
		if len(w.left) > 0 && (its == nil || w.before(its, mine)) {
			its = w
		}
	}
	if its == nil {
		return nil, nil
	}
	some, its.left = its.left[0], its.left[1:]
	its.bytes -= some.length()
	its.loaders++
	return some, its
}

// before tells which of two is the better work for whoever has been at mine.
func (w *work) before(other, mine *work) bool {
	switch {
	case w.loaders != other.loaders:
		return w.loaders < other.loaders
	case w == mine || other == mine:
		return w == mine
	}
	return w.bytes > other.bytes
}
