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
}

func (r Request) snapshotAge(began time.Time) snapshotAge {
	return snapshotAge{began: began, long: cmp.Or(r.LongSnapshot, LongSnapshot), limit: r.SnapshotLimit}
}

// warning returns a warning about the effects of a long snapshot on the server,
// or "" for a short one.
func (s snapshotAge) warning(now time.Time) string {
	age := now.Sub(s.began)
	if age < s.long {
		return ""
	}
	return fmt.Sprintf("the dump's snapshot is %s old: so long vacuum has kept what was deleted or updated in the database since", age.Round(time.Second))
}

// bound returns a context that ends when the snapshot reaches its limit, if
// there is one.
func (s snapshotAge) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.limit == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithDeadlineCause(ctx, s.began.Add(s.limit), failure.New(failure.SnapshotLimit,
		"raise dump.snapshotLimit of the instance, or dump.connections to be done sooner; or leave the limit out",
		"the dump's snapshot has reached its limit of %s, and the dump was not done", s.limit))
}
