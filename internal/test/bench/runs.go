package bench

import (
	"context"
	"fmt"
	"path/filepath"
)

// container returns a new container, so that no run is slowed by the leftovers
// of another.
func (r *runner) container(ctx context.Context) (string, error) {
	r.runs++
	return r.azurite.CreateContainer(ctx, fmt.Sprintf("bench-%d", r.runs))
}

// pipe makes pg_dump write to the storage.
func (r *runner) pipe(ctx context.Context, database, compress string) (outcome, error) {
	return r.dump(ctx, task{Kind: "pipe", Database: database, Compress: compress})
}

// vault makes pgvault dump to the storage; level 0 is its default.
func (r *runner) vault(ctx context.Context, database, algorithm string, level int) (outcome, error) {
	return r.dump(ctx, task{Kind: "dump", Database: database, Algorithm: algorithm, Level: level, Connections: r.Connections})
}

func (r *runner) dump(ctx context.Context, t task) (outcome, error) {
	var err error
	if t.Container == "" {
		if t.Container, err = r.container(ctx); err != nil {
			return outcome{}, err
		}
	}
	if err := r.settle(ctx); err != nil {
		return outcome{}, err
	}
	t.Blob = "dump"
	return r.measured(ctx, t)
}

// restore restores into a new database and drops it.
func (r *runner) restore(ctx context.Context, kind string, from stored) (outcome, error) {
	return r.restored(ctx, task{Kind: kind, Stored: from})
}

func (r *runner) restored(ctx context.Context, t task) (outcome, error) {
	t.Database, t.Published, t.Connections = "bench_restored", "bench_published", r.Connections
	t.Container = r.azurite.ContainerURL(t.Stored.Container)
	if err := r.settle(ctx); err != nil {
		return outcome{}, err
	}
	o, err := r.measured(ctx, t)
	if err != nil {
		return outcome{}, err
	}
	return o, r.drop(ctx, t.Database)
}

// measured runs a task and records the memory of pgvault's own.
func (r *runner) measured(ctx context.Context, t task) (outcome, error) {
	ours := t.Kind == "dump" || t.Kind == "restore" || t.Kind == "compare"
	if ours && r.ProfileDir != "" {
		t.Profile = filepath.Join(r.ProfileDir, fmt.Sprintf("%s-%s-%d.pprof", t.Kind, t.Database, r.runs))
	}
	o, err := r.run(ctx, t)
	if ours {
		r.peakKiB = max(r.peakKiB, o.PeakKiB)
	}
	o.Stored.Container = filepath.Base(t.Container)
	return o, err
}
