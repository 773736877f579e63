package dump

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
)

// LongSnapshot is the default age from which a snapshot causes a warning.
const LongSnapshot = time.Hour

// snapshotAge measures how long a dump has held its snapshot.
type snapshotAge struct {
	began       time.Time
	long, limit time.Duration
	// limiter ends the dump at the limit; nil without one.
	limiter *time.Timer
}

func (r Request) snapshotAge(began time.Time) snapshotAge {
	return snapshotAge{began: began, long: cmp.Or(r.LongSnapshot, LongSnapshot), limit: r.SnapshotLimit}
}

// warning returns a warning about the effects of a long snapshot on the server,
// or "" for a short one.
func (s *snapshotAge) warning(now time.Time) string {
	age := now.Sub(s.began)
	if age < s.long {
		return ""
	}
	return fmt.Sprintf("the dump's snapshot is %s old: so long vacuum has kept what was deleted or updated in the database since", age.Round(time.Second))
}

// bound returns a context that ends when the snapshot reaches its limit, if
// there is one and the snapshot has not ended before.
func (s *snapshotAge) bound(ctx context.Context) (bounded context.Context, release func()) {
	bounded, cancel := context.WithCancelCause(ctx)
	if s.limit > 0 {
		s.limiter = time.AfterFunc(time.Until(s.began.Add(s.limit)), func() {
			cancel(failure.New(failure.SnapshotLimit,
				"raise dump.snapshotLimit of the instance, or dump.connections to be done sooner; or leave the limit out",
				"the dump's snapshot has reached its limit of %s, and the dump was not done", s.limit))
		})
	}
	return bounded, func() {
		s.end()
		cancel(context.Canceled)
	}
}

// end records that the dump has given its snapshot back.
func (s *snapshotAge) end() {
	if s.limiter != nil {
		s.limiter.Stop()
	}
}
