package restore

import (
	"context"
	"slices"
	"sync"

	"github.com/pgvault/pgvault/internal/archive"
)

// agenda hands out what there is to do between the schema and what needs all
// rows: data, and what follows a table's own data. An index is made as soon as
// it can be, so that no core waits for the last rows of another table. It is
// safe for concurrent use.
type agenda struct {
	mu      sync.Mutex
	changed *sync.Cond
	// turns are data of which each waits for the one before.
	turns  []run
	inTurn bool // one of them is being loaded
	data   *queue
	// waiting have rows to come, by the rows' dump ID; ready have them.
	waiting map[int]*followers
	ready   []*task
	made    map[int]bool // by dump ID
	busy    int          // connections that are at a task
}

// task is either data or what follows it.
type task struct {
	some run
	its  *work
	turn bool // others wait for their turn
	// entries are to be made one after another, and then others side by side.
	entries, then []*archive.Entry
}

func newAgenda(turns []run, data *queue, waiting map[int]*followers) *agenda {
	a := &agenda{turns: turns, data: data, waiting: waiting, made: map[int]bool{}}
	a.changed = sync.NewCond(&a.mu)
	return a
}

// next returns the next task to whoever has ended the one before, which is nil at
// first. It waits while there may be more to come, and gives nil at the end of
// all or of ctx, which must wake it.
func (a *agenda) next(ctx context.Context, before *task) *task {
	a.mu.Lock()
	defer a.mu.Unlock()
	var mine *work
	if before != nil {
		mine = before.its
		a.end(before)
	}
	for ctx.Err() == nil {
		if t := a.take(mine); t != nil {
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

func (a *agenda) take(mine *work) *task {
	if len(a.ready) > 0 {
		t := a.ready[0]
		a.ready = a.ready[1:]
		return t
	}
	if len(a.turns) > 0 && !a.inTurn {
		some := a.turns[0]
		a.turns, a.inTurn = a.turns[1:], true
		return &task{some: some, its: &work{loaders: 1}, turn: true}
	}
	some, its := a.data.next(mine)
	if its == nil {
		return nil
	}
	return &task{some: some, its: its}
}

// end makes room for what may be done after a task.
func (a *agenda) end(t *task) {
	a.busy--
	a.data.leave(t.its)
	if t.turn {
		a.inTurn = false
	}
	a.offer(t.then)
	a.changed.Broadcast()
}

// offer makes entries ready to be made side by side.
func (a *agenda) offer(entries []*archive.Entry) {
	for i, e := range entries {
		a.ready = append(a.ready, &task{entries: entries[i : i+1]})
		a.made[e.DumpID] = true
	}
}

// leave ends the last task of somebody who takes no more; there may be none.
func (a *agenda) leave(last *task) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if last != nil {
		a.end(last)
	}
}

// putBack returns a task that was not begun, for others to take.
func (a *agenda) putBack(t *task) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.busy--
	switch {
	case t.turn:
		a.turns, a.inTurn = slices.Insert(a.turns, 0, t.some), false
	case t.its != nil:
		a.data.putBack(t.its, t.some)
	default:
		a.ready = append(a.ready, t)
	}
	a.changed.Broadcast()
}

// loaded reports whether all rows of a table are there.
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

// wake lets those who wait see that their context has ended.
func (a *agenda) wake() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.changed.Broadcast()
}

// left are those of the entries that nobody was told to make.
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
