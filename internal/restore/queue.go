package restore

import (
	"container/heap"
	"slices"
)

// queue distributes the data to load. It assigns a connection the next piece of
// the table with the most remaining data per connection, so that the largest
// table, which has the largest indexes, is not the last. If tables are equal, a
// connection stays with its table.
type queue struct {
	waiting waiting
}

// work is the remaining data of a table, or of small tables that are read
// together.
type work struct {
	left    []run
	effort  float64
	loaders int
	// number is the table's place in the dump, and at its index in
	// [queue.waiting], or outside if it is not there.
	number, at int
}

// outside is the index of a table that is not in a queue.
const outside = -1

// newQueue returns a queue of all runs, which are in the dump's order. A single
// connection loads in that order, since a table may have a constraint that
// reads an earlier one.
func newQueue(all []run, connections int) *queue {
	q := &queue{}
	for i, regions := range all {
		if i == 0 || connections > 1 && !sameTable(all[i-1], regions) {
			q.waiting = append(q.waiting, &work{number: i, at: len(q.waiting)})
		}
		w := q.waiting[len(q.waiting)-1]
		w.left, w.effort = append(w.left, regions), w.effort+effort(regions)
	}
	heap.Init(&q.waiting)
	return q
}

func sameTable(a, b run) bool { return len(a) == 1 && len(b) == 1 && a[0].entry == b[0].entry }

// next returns the next run, and its table, for a connection that has worked on
// current; current may be nil.
func (q *queue) next(current *work) (regions run, table *work) {
	if len(q.waiting) == 0 {
		return nil, nil
	}
	table = q.waiting[0]
	if current != nil && current.at != outside && current.share() == table.share() {
		table = current
	}
	regions, table.left = table.left[0], table.left[1:]
	table.effort -= effort(regions)
	table.loaders++
	if len(table.left) > 0 {
		heap.Fix(&q.waiting, table.at)
	} else {
		heap.Remove(&q.waiting, table.at)
	}
	return regions, table
}

// leave ends a connection's work on a table; current may be nil.
func (q *queue) leave(current *work) {
	if current == nil {
		return
	}
	current.loaders--
	if current.at != outside {
		heap.Fix(&q.waiting, current.at)
	}
}

// putBack returns the last run taken from a table.
func (q *queue) putBack(table *work, regions run) {
	table.left = slices.Insert(table.left, 0, regions)
	table.effort += effort(regions)
	table.loaders--
	if table.at != outside {
		heap.Fix(&q.waiting, table.at)
	} else {
		heap.Push(&q.waiting, table)
	}
}

// share returns the effort for each connection if one more joins.
func (w *work) share() float64 { return w.effort / float64(w.loaders+1) }

// waiting is a heap of the tables that have data left, the best choice first.
type waiting []*work

var _ heap.Interface = (*waiting)(nil)

// Len implements heap.Interface.
func (q *waiting) Len() int { return len(*q) }

// Less implements heap.Interface. Of equal tables, the dump's first comes first.
func (q *waiting) Less(i, j int) bool {
	a, b := (*q)[i], (*q)[j]
	if a.share() == b.share() {
		return a.number < b.number
	}
	return a.share() > b.share()
}

// Swap implements heap.Interface.
func (q *waiting) Swap(i, j int) {
	all := *q
	all[i], all[j] = all[j], all[i]
	all[i].at, all[j].at = i, j
}

// Push implements heap.Interface.
func (q *waiting) Push(table any) {
	w := table.(*work)
	w.at = len(*q)
	*q = append(*q, w)
}

// Pop implements heap.Interface.
func (q *waiting) Pop() any {
	all := *q
	last := all[len(all)-1]
	last.at = outside
	*q = all[:len(all)-1]
	return last
}
