package restore

import (
	"context"
	"fmt"
	"io"

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
	return l.run(ctx, child{job: l.job, tool: l.tool, stdin: io.TeeReader(all, counter{l.meter})}, &l.found)
}

// counter counts what passes.
type counter struct{ meter *progress.Meter }

func (c counter) Write(p []byte) (int, error) {
	c.meter.Add(int64(len(p)))
	return len(p), nil
}
