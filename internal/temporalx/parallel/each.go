package parallel

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
)

const (
	// AtOnce is how many things are worked on at a time.
	AtOnce = 8
	// enough failures are told, and no more are looked for: where a server is
	// gone, each of a thousand things would wait for it.
	enough = 8
)

// Each calls do for every index of names, [AtOnce] at a time. One that fails
// does not keep it from the others, unless 8 have failed or ctx has ended: then
// no more are begun, and the error says how many those are. It joins the errors
// of all that failed, each led by its name.
func Each(ctx context.Context, names []string, do func(ctx context.Context, i int) error) error {
	var group errgroup.Group
	group.SetLimit(AtOnce)
	errs := make([]error, len(names))
	failed := make(chan struct{}, len(names))
	begun := 0
	for i, name := range names {
		if len(failed) >= enough || ctx.Err() != nil {
			break
		}
		begun++
		// Go waits for a place, so what has failed meanwhile is seen by the next.
		group.Go(func() error {
			if err := do(ctx, i); err != nil {
				errs[i] = fmt.Errorf("%s: %w", name, err)
				failed <- struct{}{}
			}
			return nil
		})
	}
	_ = group.Wait()
	if left := len(names) - begun; left > 0 {
		errs = append(errs, leftOut(ctx, left))
	}
	return errors.Join(errs...)
}

func leftOut(ctx context.Context, left int) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%d more were not begun: %w", left, err)
	}
	return fmt.Errorf("%d more were not begun, since so many had failed", left)
}
