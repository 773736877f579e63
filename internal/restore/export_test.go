package restore

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/restore/selection"
)

// SharedLengths returns the lengths of the regions that share joins the pieces
// of each table into.
func SharedLengths(tables [][]int64, connections int) (lengths [][]int64) {
	var parts []region
	var offset int64
	entries := map[*archive.Entry]int{}
	for t, pieces := range tables {
		e := &archive.Entry{Desc: archive.DescTableData}
		entries[e] = t
		for i, length := range pieces {
			parts = append(parts, region{entry: e, offset: offset, length: length, part: archive.Part{First: i == 0, Last: i == len(pieces)-1}})
			offset += length
		}
	}
	lengths = make([][]int64, len(tables))
	for _, part := range share(parts, connections) {
		lengths[entries[part.entry]] = append(lengths[entries[part.entry]], part.length)
	}
	return lengths
}

// Handed returns the tables of the regions in the order in which a queue
// returns them to connections that ask in turn.
func Handed(tables [][]int64, connections int) (order []int) {
	var all []run
	names := map[*archive.Entry]int{}
	for t, pieces := range tables {
		e := &archive.Entry{}
		names[e] = t
		for _, length := range pieces {
			all = append(all, run{{entry: e, length: length, effort: float64(length)}})
		}
	}
	q, at := newQueue(all, connections), make([]*work, connections)
	for turn := 0; ; turn = (turn + 1) % connections {
		q.leave(at[turn])
		regions, table := q.next(at[turn])
		if table == nil {
			return order
		}
		at[turn], order = table, append(order, names[regions[0].entry])
	}
}

// Agenda is an agenda of tables of one piece each, by name.
type Agenda struct {
	*agenda
	rows map[string]*archive.Entry
	all  []int
	name map[int]string
}

// NewAgenda returns an agenda with the followers of each table. The tables of
// turns are loaded one after another.
func NewAgenda(turns, tables []string, following map[string][]string) *Agenda {
	a := &Agenda{rows: map[string]*archive.Entry{}, name: map[int]string{}}
	waiting := map[int]*followers{}
	runs := func(tables []string) (all []run) {
		for _, table := range tables {
			a.rows[table] = a.entry("rows of " + table)
			all = append(all, run{{entry: a.rows[table], length: runBytes, effort: 1}})
		}
		return all
	}
	inTurn, all := runs(turns), runs(tables)
	for _, table := range tables {
		f := &followers{}
		for _, name := range following[table] {
			e := a.entry(name)
			a.all = append(a.all, e.DumpID)
			if strings.HasPrefix(name, "CONSTRAINT") {
				f.constraints = append(f.constraints, e)
			} else {
				f.indexes = append(f.indexes, e)
			}
		}
		waiting[a.rows[table].DumpID] = f
	}
	a.agenda = newAgenda(inTurn, newQueue(all, DefaultConnections), waiting)
	return a
}

func (a *Agenda) entry(name string) *archive.Entry {
	e := &archive.Entry{DumpID: len(a.name) + 1}
	a.name[e.DumpID] = name
	return e
}

// Loaded records that the rows of a table are loaded.
func (a *Agenda) Loaded(table string) { a.loaded(a.rows[table]) }

// Left returns the names of the entries that were not part of a task.
func (a *Agenda) Left() (names []string) {
	for _, id := range a.left(a.all) {
		names = append(names, a.name[id])
	}
	return names
}

// Task is a task of one connection.
type Task struct {
	a *Agenda
	*task
}

// Next returns the first task of a connection.
func (a *Agenda) Next() Task { return Task{a, a.next(context.Background(), nil)} }

// Next returns the task after this one.
func (t Task) Next() Task { return Task{t.a, t.a.next(context.Background(), t.task)} }

// Does returns the names of the task's entries in order; nil for no task.
func (t Task) Does() (names []string) {
	if t.task == nil {
		return nil
	}
	for _, part := range t.regions {
		names = append(names, t.a.name[part.entry.DumpID])
	}
	for _, e := range t.entries {
		names = append(names, t.a.name[e.DumpID])
	}
	return names
}

// ViewSteps returns the dump IDs of the entries that are restored after all
// other objects.
func ViewSteps(toc *archive.TOC) []int {
	return planSteps(toc, func(*archive.Entry) bool { return true }).views
}

// Fits checks a job against a server's version.
func Fits(j Job, major int) error { return j.fits(major) }

// ManyFindings returns the lines of, and the verdict on, as many failed and
// harmless statements with long texts.
func ManyFindings(count, length int) (ignored []string, verdict error) {
	var f findings
	long := strings.Repeat("€", length/3)
	for range count {
		e := []pgtools.RestoreError{{TOCEntry: long, Statement: long, Message: long}}
		f.add(e, e)
	}
	return f.ignored(), f.verdict()
}

// HandOut plans the loading of n tables with as many pieces each, and hands out
// all of it to connections in turn.
func HandOut(tables, pieces, connections int) {
	var parts []region
	for t := range tables {
		e := &archive.Entry{DumpID: t + 1, Desc: archive.DescTableData}
		for i := range pieces {
			parts = append(parts, region{entry: e, offset: int64(len(parts)), length: 1, part: archive.Part{First: i == 0, Last: i == pieces-1}})
		}
	}
	counts := newTally(progress.NewMeter(time.Now, ""), parts)
	all := runs(parts)
	for _, part := range parts {
		part.length = runBytes
		all = append(all, run{part})
	}
	q, at := newQueue(all, connections), make([]*work, connections)
	for turn := 0; ; turn = (turn + 1) % connections {
		q.leave(at[turn])
		regions, table := q.next(at[turn])
		if table == nil {
			break
		}
		at[turn] = table
		for _, part := range regions {
			counts.read(part, archive.PieceChecksum{})
		}
	}
}

// ReadTable reads the rows of an entry's data block as a restore with that memory
// does, and returns their length.
func ReadTable(ctx context.Context, share *memory.Share, h archive.Header, dumpID int, block io.Reader) (int64, error) {
	l := newLoading(Restorer{}, Job{}, Dump{}, &archive.TOC{Header: h}, selection.Chosen{}, nil)
	l.share = share
	rows, err := l.tableReader(ctx, block, region{entry: &archive.Entry{DumpID: dumpID}, part: archive.Part{First: true, Last: true}})
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }()
	return io.Copy(io.Discard, rows)
}
