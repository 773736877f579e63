package restore

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/pgvault/pgvault/internal/archive"
)

// locate finds the offsets of the data by reading the whole archive. It is for
// an archive that pg_dump wrote to a pipe and that was not completed.
func (l *loading) locate(ctx context.Context) error {
	if l.located() {
		return nil
	}
	l.meter.Phase("look for the tables' data")
	begin := l.toc.Size()
	l.meter.Expect(l.dump.Size - begin)
	rest, err := l.dump.Open(ctx, begin, l.dump.Size-begin)
	if err != nil {
		return fmt.Errorf("open the dump: %w", err)
	}
	defer func() { _ = rest.Close() }()
	if err := l.toc.LocateData(io.TeeReader(rest, l.meter), func(*archive.Scanner, archive.Block) error { return nil }); err != nil {
		return l.dump.damagedOr(err, "look for the tables' data")
	}
	l.meter.Resume(0)
	return nil
}

// located reports whether the archive has the offsets of the data to be
// restored. If no data is to be restored, it returns true.
func (l *loading) located() bool {
	return !slices.ContainsFunc(l.toc.Entries, func(e archive.Entry) bool { return e.State == archive.OffsetNotSet && l.chosen.Has(&e) })
}
