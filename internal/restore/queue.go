package restore

import "slices"

// queue distributes the data to load. It assigns a connection the next piece of
// the table with the most remaining data per connection, so that the largest
// table, which has the largest indexes, is not the last. If tables are equal, a
// connection stays with its table.
type queue struct {
	tables []*work
}

// work is the remaining data of a table, or of small tables that are read
// together.
type work struct {
	left    []run
	effort  float64
	loaders int
}

// newQueue returns a queue of all runs, which are in the dump's order. A single
// connection loads in that order, since a table may have a constraint that
// reads an earlier one.
func newQueue(all []run, connections int) *queue {
	if connections == 1 {
		return &queue{tables: []*work{{left: all}}}
	}
	q := &queue{}
	for i, regions := range all {
		if i == 0 || !sameTable(all[i-1], regions) {
			q.tables = append(q.tables, &work{})
		}
		w := q.tables[len(q.tables)-1]
		w.left, w.effort = append(w.left, regions), w.effort+effort(regions)
	}
	return q
}

func sameTable(a, b run) bool { return len(a) == 1 && len(b) == 1 && a[0].entry == b[0].entry }

// next returns the next run, and its table, for a connection that has worked on
// current; current may be nil.
func (q *queue) next(current *work) (regions run, table *work) {
	for _, w := range q.tables {
		if len(w.left) > 0 && (table == nil || w.before(table, current)) {
			table = w
		}
	}
	if table == nil {
		return nil, nil
	}
	regions, table.left = table.left[0], table.left[1:]
	table.effort -= effort(regions)
	table.loaders++
	return regions, table
}

// leave ends a connection's work on a table; current may be nil.
func (q *queue) leave(current *work) {
	if current != nil {
		current.loaders--
	}
}

// putBack returns the last run taken from a table.
func (q *queue) putBack(table *work, regions run) {
	table.left = slices.Insert(table.left, 0, regions)
	table.effort += effort(regions)
	table.loaders--
}

// before reports whether w is a better choice than other for a connection that
// has worked on current.
func (w *work) before(other, current *work) bool {
	a, b := w.share(), other.share()
	if a == b {
		return w == current
	}
	return a > b
}

// share returns the effort for each connection if one more joins.
func (w *work) share() float64 { return w.effort / float64(w.loaders+1) }
