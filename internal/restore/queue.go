package restore

import "slices"

// queue hands out what is to be loaded. A connection gets a piece of the table
// that has most left for each connection at it, so that the largest, which has
// the largest indexes too, is not the last; else it stays where it is. While
// tables are alike each connection has its own.
type queue struct {
	tables []*work
}

// work is what is left of a table, or of small ones that are read together.
type work struct {
	left    []run
	effort  float64
	loaders int
}

// newQueue returns one of all runs, which are in the dump's order. A single
// connection keeps to that: a table may have a constraint that reads one before it.
func newQueue(all []run, connections int) *queue {
	if connections == 1 {
		return &queue{tables: []*work{{left: all}}}
	}
	q := &queue{}
	for i, some := range all {
		if i == 0 || !sameTable(all[i-1], some) {
			q.tables = append(q.tables, &work{})
		}
		w := q.tables[len(q.tables)-1]
		w.left, w.effort = append(w.left, some), w.effort+effort(some)
	}
	return q
}

func sameTable(a, b run) bool { return len(a) == 1 && len(b) == 1 && a[0].entry == b[0].entry }

// next returns the next run to whoever has been at mine, which may be nil.
func (q *queue) next(mine *work) (some run, its *work) {
	for _, w := range q.tables {
		if len(w.left) > 0 && (its == nil || w.before(its, mine)) {
			its = w
		}
	}
	if its == nil {
		return nil, nil
	}
	some, its.left = its.left[0], its.left[1:]
	its.effort -= effort(some)
	its.loaders++
	return some, its
}

// leave ends what somebody has done at a table, if it was one.
func (q *queue) leave(mine *work) {
	if mine != nil {
		mine.loaders--
	}
}

// putBack takes back what was handed out last of a table.
func (q *queue) putBack(its *work, some run) {
	its.left = slices.Insert(its.left, 0, some)
	its.effort += effort(some)
	its.loaders--
}

// before reports whether a is the better next run for a connection that did mine.
func (w *work) before(other, mine *work) bool {
	a, b := w.share(), other.share()
	if a == b {
		return w == mine
	}
	return a > b
}

// share is what one more connection would have to do of it.
func (w *work) share() float64 { return w.effort / float64(w.loaders+1) }
