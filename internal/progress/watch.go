package progress

import (
	"context"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
)

// Watch returns a context that ends with cause [failure.TransferStalled] when
// the meter has been idle for limit and the other end of the idle line does no
// work. stop ends the watch and waits for it; it must be called.
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

// stalled returns an error if the meter has stalled. It touches a line whose
// other end is working. A line on which data moved during the question has not
// stalled either.
func (m *Meter) stalled(ctx context.Context, limit time.Duration) error {
	idle, line := m.stillest()
	if idle < limit {
		return nil
	}
	if line != nil && line.askOtherEnd(ctx) {
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
