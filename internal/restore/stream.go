package restore

import (
	"context"
	"fmt"
	"io"

	"github.com/pgvault/pgvault/internal/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
)

// stream restores by one pg_restore that reads the dump from its first byte to
// its last. Where not all of it is wanted, nobody can tell a pg_restore that
// reads no more because it makes indexes from one that is stuck.
func (l *loading) stream(ctx context.Context) error {
	l.meter.Expect(l.dump.Size)
	l.meter.Phase("restore")
	c := child{job: l.job, tool: l.tool}
	if l.job.Wanted.Whole() {
		return l.watched(ctx, func(ctx context.Context) error { return l.pipe(ctx, c) })
	}
	c.files, c.options.UseList = [][]byte{pgtools.UseList(l.ids())}, pgtools.FilePath(0)
	return l.pipe(ctx, c)
}

// pipe has a pg_restore read the dump.
func (l *loading) pipe(ctx context.Context, c child) error {
	all, err := l.dump.Open(ctx, 0, l.dump.Size)
	if err != nil {
		return fmt.Errorf("open the dump: %w", err)
	}
	defer func() { _ = all.Close() }()
	input := &feed{reader: io.TeeReader(all, counter{l.meter}), meter: l.meter}
	c.stdin = input
	return input.end(func() {}, l.run(ctx, c, &l.found))
}

// ids are the chosen entries in the archive's order, which is the only one in
// which a stream has their data.
func (l *loading) ids() (ids []int) {
	for i := range l.toc.Entries {
		if e := &l.toc.Entries[i]; l.chosen.Has(e) {
			ids = append(ids, e.DumpID)
		}
	}
	return ids
}

// counter counts what passes.
type counter struct{ meter *progress.Meter }

func (c counter) Write(p []byte) (int, error) {
	c.meter.Add(int64(len(p)))
	return len(p), nil
}
