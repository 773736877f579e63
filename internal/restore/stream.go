package restore

import (
	"context"
	"fmt"
	"io"

	"github.com/pgvault/pgvault/internal/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
)

// stream runs one pg_restore on the whole dump, from its first byte to its last.
func (l *loading) stream(ctx context.Context) error {
	l.meter.Expect(l.dump.Size)
	l.meter.Phase("restore")
	all, err := l.dump.Open(ctx, 0, l.dump.Size)
	if err != nil {
		return fmt.Errorf("open the dump: %w", err)
	}
	defer func() { _ = all.Close() }()
	c := child{job: l.job, tool: l.tool, stdin: io.TeeReader(all, counter{l.meter})}
	if !l.job.Wanted.Whole() {
		c.files, c.options.UseList = [][]byte{pgtools.UseList(l.ids())}, pgtools.FilePath(0)
	}
	return l.run(ctx, c, &l.found)
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
