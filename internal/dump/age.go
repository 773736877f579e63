package dump

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
)

// LongSnapshot is the age from which a snapshot is worth a word, unless the
// request says another.
const LongSnapshot = time.Hour

// snapshotAge keeps an eye on how long a dump holds its snapshot back.
type snapshotAge struct {
	began       time.Time
	long, limit time.Duration
}

func (r Request) snapshotAge(began time.Time) snapshotAge {
	return snapshotAge{began: began, long: cmp.Or(r.LongSnapshot, LongSnapshot), limit: r.SnapshotLimit}
}

// warning returns what a long snapshot does to the server; "" for a short one.
func (s snapshotAge) warning(now time.Time) string {
	age := now.Sub(s.began)
	if age < s.long {
		return ""
	}
	return fmt.Sprintf("the dump's snapshot is %s old: so long vacuum has kept what was deleted or updated in the database since", age.Round(time.Second))
}

// bound ends the context when the snapshot reaches its limit, if it has one.
func (s snapshotAge) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.limit == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithDeadlineCause(ctx, s.began.Add(s.limit), failure.New(failure.SnapshotLimit,
		"raise dump.snapshotLimit of the instance, or dump.connections to be done sooner; or leave the limit out",
		"the dump's snapshot has reached its limit of %s, and the dump was not done", s.limit))
}
