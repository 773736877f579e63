package restore

import (
	"context"

	"github.com/pgvault/pgvault/internal/archive"
)

// do does a task of the agenda.
func (l *loader) do(ctx context.Context, t *task) error {
	if t.its != nil {
		return l.load(ctx, t.some)
	}
	return l.make(ctx, t.entries)
}

// make makes entries that have no data, as pg_restore does: each by its own
// statement. One that fails is a finding.
func (l *loader) make(ctx context.Context, entries []*archive.Entry) error {
	defer l.meter.Wait()()
	for _, e := range entries {
		if l.failed() {
			return nil
		}
		if err := l.judge(ctx, l.exec(ctx, e.Defn), e); err != nil {
			return err
		}
	}
	return nil
}
