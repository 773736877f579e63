package restore

import (
	"context"
	"time"

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
	defer l.busy()()
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

// aliveEvery is far below every limit for data that does not move.
const aliveEvery = 5 * time.Second

// busy keeps the watch quiet until the end of statements that take their time
// without moving data.
func (l *loader) busy() (end func()) {
	done := make(chan struct{})
	go func() {
		ticker := time.NewTicker(aliveEvery)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				l.meter.Touch()
			}
		}
	}()
	return func() {
		l.meter.Touch()
		close(done)
	}
}
