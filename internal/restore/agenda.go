package restore

import (
	"context"
	"slices"
	"sync"

	"github.com/pgvault/pgvault/internal/archive"
)

// agenda distributes the work between the schema and the entries that need all
// rows: loading data, and making the indexes and constraints of a table once
// its rows are loaded. An index is made as soon as possible, so that no core
// waits for the last rows of another table. agenda is safe for concurrent use.
type agenda struct {
	mu      sync.Mutex
	changed *sync.Cond
	// turns are data to be loaded one run after another.
	turns  []run
	inTurn bool // one of turns is being loaded
	data   *queue
	// waiting are the followers of tables without all rows, by the dump ID of
	// the rows; ready are those of loaded tables.
	waiting map[int]*followers
	ready   []*task
	made    map[int]bool // by dump ID
	busy    int          // connections with a task
}

// task is either data to load or entries to make.
type task struct {
	regions run
	table   *work
	turn    bool // the data is one of turns
	// entries are made one after another; then is made concurrently after them.
	entries, then []*archive.Entry
}

func newAgenda(turns []run, data *queue, waiting map[int]*followers) *agenda {
	a := &agenda{turns: turns, data: data, waiting: waiting, made: map[int]bool{}}
	a.changed = sync.NewCond(&a.mu)
	return a
}

// next returns the next task of a connection that has finished the task before,
// which is nil at first. It blocks while tasks may still become ready. It
// returns nil if all work is done or ctx is done; the caller must call wake
// when ctx is done.
func (a *agenda) next(ctx context.Context, before *task) *task {
	a.mu.Lock()
	defer a.mu.Unlock()
	var current *work
	if before != nil {
		current = before.table
		a.end(before)
	}
	for ctx.Err() == nil {
		if t := a.take(current); t != nil {
			a.busy++
			return t
		}
		if a.busy == 0 {
			break
		}
		a.changed.Wait()
	}
	return nil
}

func (a *agenda) take(current *work) *task {
	if len(a.ready) > 0 {
		t := a.ready[0]
		a.ready = a.ready[1:]
		return t
	}
	if len(a.turns) > 0 && !a.inTurn {
		regions := a.turns[0]
		a.turns, a.inTurn = a.turns[1:], true
		return &task{regions: regions, table: &work{loaders: 1, at: outside}, turn: true}
	}
	regions, table := a.data.next(current)
	if table == nil {
		return nil
	}
	return &task{regions: regions, table: table}
}

// end makes the tasks ready that depend on a finished one.
func (a *agenda) end(t *task) {
	a.busy--
	a.data.leave(t.table)
	if t.turn {
		a.inTurn = false
	}
	a.offer(t.then)
	a.changed.Broadcast()
}

// offer makes entries ready to be made concurrently.
func (a *agenda) offer(entries []*archive.Entry) {
	for i, e := range entries {
		a.ready = append(a.ready, &task{entries: entries[i : i+1]})
		a.made[e.DumpID] = true
	}
}

// leave ends the last task, if any, of a connection that takes no more.
func (a *agenda) leave(last *task) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if last != nil {
		a.end(last)
	}
}

// putBack returns a task that was not started, for another connection.
func (a *agenda) putBack(t *task) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.busy--
	switch {
	case t.turn:
		a.turns, a.inTurn = slices.Insert(a.turns, 0, t.regions), false
	case t.table != nil:
		a.data.putBack(t.table, t.regions)
	default:
		a.ready = append(a.ready, t)
	}
	a.changed.Broadcast()
}

// loaded records that all rows of a table are loaded.
func (a *agenda) loaded(rows *archive.Entry) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f, ok := a.waiting[rows.DumpID]
	if !ok {
		return
	}
	delete(a.waiting, rows.DumpID)
	if len(f.constraints) == 0 {
		a.offer(f.indexes)
	} else {
		a.ready = append(a.ready, &task{entries: f.constraints, then: f.indexes})
		for _, e := range f.constraints {
			a.made[e.DumpID] = true
		}
	}
	a.changed.Broadcast()
}

// wake wakes all waiting connections, which then check their contexts.
func (a *agenda) wake() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.changed.Broadcast()
}

// left returns the entries that were not part of a task.
func (a *agenda) left(dumpIDs []int) (left []int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, id := range dumpIDs {
		if !a.made[id] {
			left = append(left, id)
		}
	}
	return left
}
