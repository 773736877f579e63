package bench

import (
	"context"
	"errors"
	"time"

	"github.com/pgvault/pgvault/internal/selection"
)

// discarded measures dumps of the two tables into a storage that keeps nothing:
// what they cost where the storage is not what limits them.
func (r *runner) discarded(ctx context.Context) error {
	s := shapeOf("two-tables")
	database, err := s.make(ctx, r.bed, r.Scale)
	if err != nil {
		return err
	}
	const name = "two-tables, discarding storage"
	for range r.Pairs {
		gzip, err1 := r.dump(ctx, task{Kind: "pipe", Database: database, Container: r.discard.url})
		zstd, err2 := r.dump(ctx, task{Kind: "pipe", Database: database, Compress: "zstd:1", Container: r.discard.url})
		ours, err3 := r.dump(ctx, task{Kind: "dump", Database: database, Algorithm: "zstd", Level: 1, Connections: r.Connections, Container: r.discard.url})
		floor, err4 := r.floor(ctx, s, database)
		if err := errors.Join(err1, err2, err3, err4); err != nil {
			return err
		}
		r.figures.add(name, "gzip_pipe_over_backup_zstd", gzip.Seconds/ours.Seconds)
		r.figures.add(name, "zstd_pipe_over_backup", zstd.Seconds/ours.Seconds)
		r.figures.add(name, "backup_over_floor", ours.Seconds/floor.Seconds)
	}
	return r.drop(ctx, database)
}

const (
	// eachWay is how long a byte takes to the server and back.
	eachWay = 5 * time.Millisecond
	// manyConnections are what pgvault has over a long way.
	manyConnections = 8
)

// latency measures dumps of many small tables over a long way to the server.
func (r *runner) latency(ctx context.Context) error {
	s := shapeOf("small-tables")
	database, err := s.make(ctx, r.bed, r.Scale)
	if err != nil {
		return err
	}
	way, err := startDelay(r.postgres.Port, eachWay)
	if err != nil {
		return err
	}
	defer way.stop()
	for range r.Pairs {
		pipe, err1 := r.dump(ctx, task{Kind: "pipe", Database: database, Compress: "zstd:1", Port: way.port()})
		ours, err2 := r.dump(ctx, task{Kind: "dump", Database: database, Algorithm: "zstd", Level: 1, Connections: manyConnections, Port: way.port()})
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		r.figures.add(s.Name, "latency_pipe_over_backup", pipe.Seconds/ours.Seconds)
	}
	return r.drop(ctx, database)
}

// selective counts what is read to restore one table of a hundred.
func (r *runner) selective(ctx context.Context) error {
	s := shapeOf("hundred-tables")
	database, err := s.make(ctx, r.bed, r.Scale)
	if err != nil {
		return err
	}
	dumped, err := r.vault(ctx, database, "zstd", 1)
	if err != nil {
		return err
	}
	o, err := r.restored(ctx, task{Kind: "restore", Stored: dumped.Stored, Wanted: selection.Wanted{Tables: []string{"public.t50"}}})
	if err != nil {
		return err
	}
	r.figures.add(s.Name, "selective_bytes", float64(o.Read)/float64(o.Wanted+dumped.Stored.TOCSize))
	return r.drop(ctx, database)
}
