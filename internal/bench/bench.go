package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Options says what to measure.
type Options struct {
	// Cases are names of [Cases]; none means all.
	Cases []string
	// Scale is the size of the large shapes; 1 is about 2 GB each.
	Scale float64
	Pairs int
	// Connections are of pgvault, pg_restore -j and the floor alike.
	Connections int
	// BinDir has pgvault and pgvault-worker, for whole jobs.
	BinDir string
	// ProfileDir takes CPU profiles of dumps and restores; none if empty.
	ProfileDir string
	Log        io.Writer
}

// runner measures.
type runner struct {
	Options
	*bed
	figures figures
	runs    int
	peakKiB int64
}

// a measurement is one case.
type measurement struct {
	name string
	run  func(r *runner, ctx context.Context) error
}

var cases = []measurement{
	{"two-tables", func(r *runner, ctx context.Context) error { return r.both(ctx, "two-tables") }},
	{"huge-table", func(r *runner, ctx context.Context) error { return r.both(ctx, "huge-table") }},
	{"small-tables", func(r *runner, ctx context.Context) error { return r.other(ctx, "small-tables") }},
	{"wide-json", func(r *runner, ctx context.Context) error { return r.other(ctx, "wide-json") }},
	{"large-objects", func(r *runner, ctx context.Context) error { return r.other(ctx, "large-objects") }},
	{"discarding-storage", (*runner).discarded},
	{"latency", (*runner).latency},
	{"selective", (*runner).selective},
	{"whole-job", (*runner).wholeJobs},
}

// Cases are the names of what can be measured.
func Cases() (names []string) {
	for _, c := range cases {
		names = append(names, c.name)
	}
	return names
}

// Run measures, and gives the figures.
func Run(ctx context.Context, o Options) ([]Figure, error) {
	bed, err := newBed(ctx, o.Log)
	if err != nil {
		return nil, err
	}
	defer bed.stop()
	r := &runner{Options: o, bed: bed}
	for _, c := range cases {
		if len(o.Cases) > 0 && !slices.Contains(o.Cases, c.name) {
			continue
		}
		began := time.Now()
		fmt.Fprintf(o.Log, "%s\n", c.name)
		if err := c.run(r, ctx); err != nil {
			return nil, fmt.Errorf("case %s: %w", c.name, err)
		}
		fmt.Fprintf(o.Log, "%s took %s\n", c.name, time.Since(began).Round(time.Second))
	}
	if r.peakKiB > 0 {
		r.figures.add("all", "memory_mib", float64(r.peakKiB)/1024)
	}
	return r.figures.list(), nil
}

// Quick measures one pair of the first case's dumps.
func Quick(ctx context.Context, o Options) ([]Figure, error) {
	bed, err := newBed(ctx, o.Log)
	if err != nil {
		return nil, err
	}
	defer bed.stop()
	r := &runner{Options: o, bed: bed}
	s := shapeOf("two-tables")
	database, err := s.make(ctx, bed, o.Scale)
	if err != nil {
		return nil, err
	}
	_, err = r.dumpPair(ctx, s, database)
	return r.figures.list(), err
}

// both measures dumps and restores of a large shape.
func (r *runner) both(ctx context.Context, name string) error {
	s := shapeOf(name)
	database, err := s.make(ctx, r.bed, r.Scale)
	if err != nil {
		return err
	}
	var last stored
	for range r.Pairs {
		if last, err = r.dumpPair(ctx, s, database); err != nil {
			return err
		}
	}
	for range r.Pairs {
		if err := r.restorePair(ctx, name, last, true); err != nil {
			return err
		}
	}
	return r.drop(ctx, database)
}

// other measures what has no bar of its own.
func (r *runner) other(ctx context.Context, name string) error {
	s := shapeOf(name)
	database, err := s.make(ctx, r.bed, r.Scale)
	if err != nil {
		return err
	}
	for range r.Pairs {
		gzip, err1 := r.pipe(ctx, database, "")
		zstd, err2 := r.pipe(ctx, database, "zstd:1")
		ours, err3 := r.vault(ctx, database, "zstd", 1)
		if err := errors.Join(err1, err2, err3); err != nil {
			return err
		}
		r.figures.add(name, "gzip_pipe_over_backup_zstd", gzip.Seconds/ours.Seconds)
		r.figures.add(name, "zstd_pipe_over_backup", zstd.Seconds/ours.Seconds)
		if err := r.restorePair(ctx, name, ours.Stored, false); err != nil {
			return err
		}
	}
	return r.drop(ctx, database)
}

// dumpPair measures each way to dump once, and gives pgvault's dump.
func (r *runner) dumpPair(ctx context.Context, s Shape, database string) (stored, error) {
	gzipPipe, err1 := r.pipe(ctx, database, "")
	gzip, err2 := r.vault(ctx, database, "gzip", 0)
	zstdPipe, err3 := r.pipe(ctx, database, "zstd:1")
	zstd, err4 := r.vault(ctx, database, "zstd", 1)
	floor, err5 := r.floor(ctx, s, database)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return stored{}, err
	}
	r.figures.add(s.Name, "gzip_pipe_over_backup", gzipPipe.Seconds/gzip.Seconds)
	r.figures.add(s.Name, "gzip_pipe_over_backup_zstd", gzipPipe.Seconds/zstd.Seconds)
	r.figures.add(s.Name, "zstd_pipe_over_backup", zstdPipe.Seconds/zstd.Seconds)
	r.figures.add(s.Name, "backup_over_floor", zstd.Seconds/floor.Seconds)
	r.figures.add(s.Name, "size_over_pg_dump", float64(zstd.Stored.Size)/float64(zstdPipe.Stored.Size))
	r.figures.add(s.Name+", gzip", "size_over_pg_dump", float64(gzip.Stored.Size)/float64(gzipPipe.Stored.Size))
	return zstd.Stored, nil
}

func (r *runner) restorePair(ctx context.Context, name string, from stored, file bool) error {
	pipe, err := r.restore(ctx, "restore-pipe", from)
	if err != nil {
		return err
	}
	ours, err := r.restore(ctx, "restore", from)
	if err != nil {
		return err
	}
	r.figures.add(name, "pipe_over_restore", pipe.Seconds/ours.Seconds)
	if !file {
		return nil
	}
	downloaded, err := r.restore(ctx, "restore-file", from)
	if err != nil {
		return err
	}
	r.figures.add(name, "download_j_over_restore", downloaded.Seconds/ours.Seconds)
	return nil
}
