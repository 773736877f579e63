package reapply

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/vault"
)

// writesAtOnce is the number of points that are changed concurrently.
const writesAtOnce = 16

// WriteAll makes the planned changes and returns those that were made, in
// order. It adds each point that it has handled to written.
func (w Writer) WriteAll(ctx context.Context, points []vault.Point, changes []Change, written *atomic.Int64) ([]Change, error) {
	listed := make(map[string]vault.Point, len(points))
	for _, p := range points {
		listed[p.ID] = p
	}
	made := make([]*Change, len(changes))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(writesAtOnce)
	for i, change := range changes {
		group.Go(func() error {
			defer written.Add(1)
			done, ok, err := w.Write(ctx, listed[change.Point], change)
			if ok {
				made[i] = &done
			}
			return err
		})
	}
	err := group.Wait()
	var done []Change
	for _, change := range made {
		if change != nil {
			done = append(done, *change)
		}
	}
	return done, err
}
