package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof/readback"
)

// compared measures the comparison of a database with the fingerprints of its dump,
// beside the floor of reading it.
func (r *runner) compared(ctx context.Context, shape string) error {
	s, err := r.make(ctx, shape)
	if err != nil {
		return err
	}
	dumped, err := r.vault(ctx, r.database, "zstd", 1)
	if err != nil {
		return err
	}
	for range r.Pairs {
		floor, err1 := r.floor(ctx, s, r.database)
		ours, err2 := r.compare(ctx, dumped.Stored)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		r.figures.add(shape, "compare_over_floor", ours.Seconds/floor.Seconds)
	}
	return nil
}

func (r *runner) compare(ctx context.Context, from stored) (outcome, error) {
	if err := r.settle(ctx); err != nil {
		return outcome{}, err
	}
	return r.measured(ctx, task{Kind: "compare", Database: r.database, Container: r.azurite.ContainerURL(from.Container), Stored: from, Connections: r.Connections})
}

// compareTask is pgvault's comparison with the fingerprints of a dump.
func compareTask(ctx context.Context, t task, c *blobstore.Container) (outcome, error) {
	there, err := c.Stat(ctx, t.Stored.Blob+printsSuffix)
	if err != nil {
		return outcome{}, err
	}
	comparer := readback.Comparer{Source: t.source(), Memory: memory.NewBudget(jobMemory)}
	found, err := comparer.Compare(ctx, readback.Request{
		Account: t.account(t.Database), Name: "fingerprints", Connections: t.Connections,
		Fingerprints: func(ctx context.Context) (io.ReadCloser, error) {
			return c.OpenRange(ctx, t.Stored.Blob+printsSuffix, there.ETag, 0, there.Size)
		},
	}, progress.NewMeter(time.Now, "compare"))
	if err == nil && len(found.Differences) > 0 {
		err = fmt.Errorf("the database differs from its own dump: %v", found.Differences)
	}
	return outcome{}, err
}
