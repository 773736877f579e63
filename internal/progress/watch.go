package progress

import (
	"context"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
)

// Watch gives a context that ends with [failure.DumpStalled] as its cause once
// the meter has been idle for the limit. stop ends the watch, waits for it, and
// must be called.
func Watch(ctx context.Context, m *Meter, limit time.Duration) (watched context.Context, stop func()) {
	watched, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(max(limit/20, time.Millisecond))
		defer ticker.Stop()
		for {
			select {
			case <-watched.Done():
				return
			case <-ticker.C:
				if idle := m.Idle(); idle >= limit {
					cancel(failure.New(failure.DumpStalled,
						"look for what the server session waits on (pg_stat_activity), or raise the instance's dump.stallTimeout",
						"no byte has moved for %s after %s", idle.Round(time.Second), Size(m.Bytes())))
					return
				}
			}
		}
	}()
	return watched, func() {
		cancel(context.Canceled)
		<-done
	}
}
