package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/pgvault/pgvault/internal/archive"
)

// both measures dumps and restores of a large shape.
func (r *runner) both(ctx context.Context, name string) error {
	s, err := r.make(ctx, name)
	if err != nil {
		return err
	}
	var last dumps
	for range r.Pairs {
		if last, err = r.dumpPair(ctx, s); err != nil {
			return err
		}
	}
	if err := r.gzipSize(ctx, name, last); err != nil {
		return err
	}
	for range r.Pairs {
		ours, err := r.restorePair(ctx, name, last.zstd.Stored)
		if err != nil {
			return err
		}
		downloaded, err := r.restore(ctx, "restore-file", last.zstd.Stored)
		if err != nil {
			return err
		}
		r.figures.add(name, "download_j_over_restore", downloaded.Seconds/ours.Seconds)
	}
	return nil
}

// other measures cases without a bar.
func (r *runner) other(ctx context.Context, name string) error {
	if _, err := r.make(ctx, name); err != nil {
		return err
	}
	for range r.Pairs {
		gzip, err1 := r.pipe(ctx, r.database, "")
		zstd, err2 := r.pipe(ctx, r.database, "zstd:1")
		ours, err3 := r.vault(ctx, r.database, "zstd", 1)
		if err := errors.Join(err1, err2, err3); err != nil {
			return err
		}
		r.figures.add(name, "gzip_pipe_over_backup_zstd", gzip.Seconds/ours.Seconds)
		r.figures.add(name, "zstd_pipe_over_backup", zstd.Seconds/ours.Seconds)
		r.figures.add(name, "size_over_pg_dump", ratio(ours.Stored.Size, zstd.Stored.Size))
		if _, err := r.restorePair(ctx, name, ours.Stored); err != nil {
			return err
		}
	}
	return nil
}

// dumps has the outcome of each way to dump.
type dumps struct{ gzipPipe, gzip, zstdPipe, zstd outcome }

// dumpPair measures each way to dump once.
func (r *runner) dumpPair(ctx context.Context, s Shape) (d dumps, err error) {
	var err1, err2, err3, err4 error
	d.gzipPipe, err1 = r.pipe(ctx, r.database, "")
	d.gzip, err2 = r.vault(ctx, r.database, "gzip", 0)
	d.zstdPipe, err3 = r.pipe(ctx, r.database, "zstd:1")
	d.zstd, err4 = r.vault(ctx, r.database, "zstd", 1)
	floor, err5 := r.floor(ctx, s, r.database)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return d, err
	}
	r.figures.add(s.Name, "gzip_pipe_over_backup", d.gzipPipe.Seconds/d.gzip.Seconds)
	r.figures.add(s.Name, "gzip_pipe_over_backup_zstd", d.gzipPipe.Seconds/d.zstd.Seconds)
	r.figures.add(s.Name, "zstd_pipe_over_backup", d.zstdPipe.Seconds/d.zstd.Seconds)
	r.figures.add(s.Name, "backup_over_floor", d.zstd.Seconds/floor.Seconds)
	// The pipes' ratios to a dump as fast as the floor.
	r.figures.add(s.Name, "gzip_pipe_over_floor", d.gzipPipe.Seconds/floor.Seconds)
	r.figures.add(s.Name, "zstd_pipe_over_floor", d.zstdPipe.Seconds/floor.Seconds)
	r.figures.add(s.Name, "size_over_pg_dump", ratio(d.zstd.Stored.Size, d.zstdPipe.Stored.Size))
	return d, nil
}

// gzipSize compares the size of pgvault's gzip at its default level with
// pg_dump's at that level and at pg_dump's default. It takes one dump, since
// sizes do not vary.
func (r *runner) gzipSize(ctx context.Context, name string, d dumps) error {
	same, err := r.pipe(ctx, r.database, fmt.Sprintf("gzip:%d", archive.Gzip.DefaultLevel()))
	if err != nil {
		return err
	}
	r.figures.add(name+", gzip", "size_over_pg_dump", ratio(d.gzip.Stored.Size, same.Stored.Size))
	r.figures.add(name+", gzip", "size_over_pg_dump_default", ratio(d.gzip.Stored.Size, d.gzipPipe.Stored.Size))
	return nil
}

// restorePair measures a restore from a pipe and one of pgvault, and returns
// the latter.
func (r *runner) restorePair(ctx context.Context, name string, from stored) (outcome, error) {
	pipe, err := r.restore(ctx, "restore-pipe", from)
	if err != nil {
		return outcome{}, err
	}
	ours, err := r.restore(ctx, "restore", from)
	if err != nil {
		return outcome{}, err
	}
	r.figures.add(name, "pipe_over_restore", pipe.Seconds/ours.Seconds)
	// The ratio to a restore that has no more work than the pipe and keeps all
	// processors busy.
	r.figures.add(name, "pipe_over_its_cpu", pipe.Seconds/(pipe.CPU.total()/float64(runtime.NumCPU())))
	return ours, nil
}

func ratio(a, b int64) float64 { return float64(a) / float64(b) }
