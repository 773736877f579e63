package progress

import (
	"context"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
)

// Watch returns a context that ends with [failure.TransferStalled] as its cause once
// the meter has been idle for the limit, and nobody works at the other end of
// the idle line. stop ends the watch, waits for it, and must be called.
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
				if err := m.stalled(watched, limit); err != nil {
					cancel(err)
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

// stalled returns the stall, if there is one. A line at whose other end somebody
// works is touched. What moved while that was asked is no stall either.
func (m *Meter) stalled(ctx context.Context, limit time.Duration) error {
	idle, line := m.stillest()
	if idle < limit {
		return nil
	}
	if line != nil && line.asked(ctx) {
		return nil
	}
	where := ""
	if line != nil {
		where = " on the connection that has to " + line.doing
	}
	return failure.New(failure.TransferStalled,
		"look for what the server session waits on (pg_stat_activity), or raise the instance's dump.stallTimeout",
		"no byte has moved for %s after %s%s", idle.Round(time.Second), Size(m.Bytes()), where)
}
