package restore

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
)

// DefaultConnections is the default number of connections that load data.
const DefaultConnections = 4

// phaseIndexes begins when all data is loaded.
const phaseIndexes = "indexes and constraints"

// sideBySide runs pg_restore for the entries that precede the data, loads the
// data over several connections, and runs pg_restore for the rest. A failed
// statement ends the restore after its step, unless the job keeps partial
// results.
func (l *loading) sideBySide(ctx context.Context) error {
	parts, err := l.parts()
	if err != nil {
		return err
	}
	turns, parts := l.inTurn(parts)
	parts = share(parts, l.connections())
	steps := planSteps(l.toc, l.wants)
	l.tally = newTally(l.meter, slices.Concat(slices.Concat(turns...), parts))
	var takeBack string
	agenda := newAgenda(turns, newQueue(runs(parts), l.connections()), planFollowers(l.toc, rowsOf(l.toc, parts), l.chosen.Has))
	l.tally.whole = agenda.loaded
	for _, step := range []struct {
		phase string
		do    func() error
	}{
		{"schema", func() (err error) { takeBack, err = l.schema(ctx, steps.before); return err }},
		{"data", func() error { return l.data(ctx, agenda) }},
		{phaseIndexes, func() error { return l.after(ctx, agenda.left(steps.after)) }},
		{"grants", func() error { return l.grants(ctx, takeBack, steps.acl) }},
		{"materialized views", func() error { return l.pgRestore(ctx, steps.views, l.jobs()) }},
		{"event triggers", func() error { return l.pgRestore(ctx, steps.events, 1) }},
	} {
		l.meter.Phase(step.phase)
		if err := step.do(); err != nil {
			return err
		}
		if l.failed() {
			return nil
		}
	}
	return nil
}

// wants reports whether an entry is to be restored.
func (l *loading) wants(e *archive.Entry) bool {
	return l.chosen.Has(e) && (l.job.Statistics || !e.IsStatistics())
}

// failed reports whether a failed statement makes it pointless to continue.
func (l *loading) failed() bool { return l.found.lost() && !l.job.KeepFailed }

// pgRestore restores the listed entries, which have no data, from the table of
// contents.
func (l *loading) pgRestore(ctx context.Context, dumpIDs []int, jobs int) error {
	if len(dumpIDs) == 0 {
		return nil
	}
	line := l.databaseLine("restore " + l.meter.Snapshot().Phase)
	defer line.Close()
	return l.run(ctx, child{
		job: l.job, tool: l.tool, env: l.childEnv(), files: [][]byte{l.toc.Bytes(), pgtools.UseList(dumpIDs)},
		options: pgtools.RestoreOptions{Archive: pgtools.FilePath(0), UseList: pgtools.FilePath(1), Jobs: min(jobs, len(dumpIDs))},
	})
}

func (l *loading) jobs() int {
	if !pgtools.JobsWork(l.tool.Major, l.server.major) {
		return 1
	}
	return l.places.atMost(l.connections())
}

func (l *loading) connections() int { return l.job.connections() }

func (j Job) connections() int {
	if j.Connections > 0 {
		return j.Connections
	}
	return DefaultConnections
}

func (l *loading) childEnv() []string {
	if !l.server.direct {
		return nil
	}
	return pgtools.RestoreEnv(l.server.major)
}

// data carries out the agenda over the requested number of connections.
func (l *loading) data(ctx context.Context, a *agenda) error {
	group, ctx := errgroup.WithContext(ctx)
	defer context.AfterFunc(ctx, a.wake)()
	for range l.connections() {
		group.Go(func() error { return l.work(ctx, a) })
	}
	return group.Wait()
}

// work carries out tasks over one connection, which it opens for the first.
func (l *loading) work(ctx context.Context, a *agenda) error {
	now := a.next(ctx, nil)
	defer func() { a.leave(now) }()
	if now == nil {
		return ctx.Err()
	}
	loader, err := l.join(ctx)
	if errors.Is(err, errNoPlace) {
		a.putBack(now)
		now = nil
		return nil
	}
	if err != nil {
		return err
	}
	defer loader.session.Close(ctx)
	for ; now != nil && !l.failed(); now = a.next(ctx, now) {
		if err := loader.do(ctx, now); err != nil {
			return err
		}
	}
	return ctx.Err()
}
