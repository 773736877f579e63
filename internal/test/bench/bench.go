package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Options selects what to measure.
type Options struct {
	// Cases are names from [Cases]; none means all.
	Cases []string
	// Scale is the size of the large shapes; 1 is about 2 GB each.
	Scale float64
	// Pairs is the number of measurements of each pair.
	Pairs int
	// Connections is the number of connections of pgvault, pg_restore -j and
	// the floor.
	Connections int
	// BinDir has pgvault and pgvault-worker, for whole jobs.
	BinDir string
	// ProfileDir is a directory for CPU profiles of dumps and restores; none if
	// empty.
	ProfileDir string
	Log        io.Writer
}

// runner runs measurements.
type runner struct {
	Options
	*bed
	*record
	// database is the existing database, of the shape called held.
	database, held string
}

// record has the measurements so far.
type record struct {
	figures figures
	runs    int
	peakKiB int64
}

// Run measures and returns the figures. If a case fails, it measures the
// others, and returns their figures with the error.
func Run(ctx context.Context, o Options) ([]Figure, error) {
	wanted, err := o.cases()
	if err != nil {
		return nil, err
	}
	bed, err := newBed(ctx, o.Log)
	if err != nil {
		return nil, err
	}
	defer bed.stop()
	r := &runner{Options: o, bed: bed, record: &record{}}
	fmt.Fprintf(o.Log, "%d cases, about %s on two quiet cores\n", len(wanted), o.estimate(wanted...))
	var failed error
	for _, c := range wanted {
		if err := r.measure(ctx, c); err != nil {
			failed = errors.Join(failed, fmt.Errorf("case %s: %w", c.name, err))
			fmt.Fprintf(o.Log, "%s failed: %v\n", c.name, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	if r.peakKiB > 0 {
		r.figures.add("all", "memory_mib", float64(r.peakKiB)/1024)
	}
	return r.figures.list(), failed
}

// measure measures one case with an empty storage.
func (r *runner) measure(ctx context.Context, c measurement) error {
	began := time.Now()
	fmt.Fprintf(r.Log, "%s: %d times, about %s\n", c.name, r.Pairs, r.estimate(c))
	if err := r.renewStorage(ctx); err != nil {
		return err
	}
	if err := c.run(r, ctx); err != nil {
		return err
	}
	fmt.Fprintf(r.Log, "%s took %s\n", c.name, time.Since(began).Round(time.Second))
	return nil
}

// Quick measures one pair of dumps of the first case.
func Quick(ctx context.Context, o Options) ([]Figure, error) {
	bed, err := newBed(ctx, o.Log)
	if err != nil {
		return nil, err
	}
	defer bed.stop()
	r := &runner{Options: o, bed: bed, record: &record{}}
	s, err := r.make(ctx, "two-tables")
	if err != nil {
		return nil, err
	}
	_, err = r.dumpPair(ctx, s)
	return r.figures.list(), err
}

// make creates a shape's database, unless the previous case has left it. Only
// one database exists at a time.
func (r *runner) make(ctx context.Context, name string) (Shape, error) {
	s := shapeOf(name)
	if r.held == name {
		return s, nil
	}
	if r.held != "" {
		if err := r.drop(ctx, r.database); err != nil {
			return s, err
		}
		r.held = ""
	}
	database, err := s.make(ctx, r.bed, r.Scale)
	if err != nil {
		return s, errors.Join(err, r.drop(context.WithoutCancel(ctx), database))
	}
	r.database, r.held = database, name
	return s, nil
}
