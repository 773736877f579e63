package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/signin/azure"
)

// discarded measures dumps of a shape into a storage that keeps nothing: their
// cost without a limit by the storage, and what Azurite adds.
func (r *runner) discarded(ctx context.Context, shape string) error {
	s, err := r.make(ctx, shape)
	if err != nil {
		return err
	}
	name := shape + ", discarding storage"
	for range r.Pairs {
		gzip, err1 := r.dump(ctx, task{Kind: "pipe", Database: r.database, Container: r.discard.url})
		zstd, err2 := r.dump(ctx, task{Kind: "pipe", Database: r.database, Compress: "zstd:1", Container: r.discard.url})
		ours, err3 := r.dump(ctx, task{Kind: "dump", Database: r.database, Algorithm: "zstd", Level: 1, Connections: r.Connections, Container: r.discard.url})
		floor, err4 := r.floor(ctx, s, r.database)
		azurite, err5 := r.vault(ctx, r.database, "zstd", 1)
		if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
			return err
		}
		r.figures.add(name, "gzip_pipe_over_backup_zstd", gzip.Seconds/ours.Seconds)
		r.figures.add(name, "zstd_pipe_over_backup", zstd.Seconds/ours.Seconds)
		r.figures.add(name, "backup_over_floor", ours.Seconds/floor.Seconds)
		r.figures.add(name, "azurite_over_discarding", azurite.Seconds/ours.Seconds)
		r.figures.add(name, "azurite_cpu_seconds", azurite.CPU.Storage)
		r.figures.add(name, "discarding_cpu_seconds", ours.CPU.Bench)
	}
	return nil
}

const (
	// eachWay is the delay of a byte in each direction.
	eachWay = 5 * time.Millisecond
	// manyConnections is the number of pgvault's connections over a slow line.
	manyConnections = 8
)

// latency measures dumps of many small tables over a connection with a high
// latency.
func (r *runner) latency(ctx context.Context) error {
	s, err := r.make(ctx, "small-tables")
	if err != nil {
		return err
	}
	way, err := startDelay(r.postgres.Port, eachWay)
	if err != nil {
		return err
	}
	defer way.stop()
	for range r.Pairs {
		pipe, err1 := r.dump(ctx, task{Kind: "pipe", Database: r.database, Compress: "zstd:1", Port: way.port()})
		ours, err2 := r.dump(ctx, task{Kind: "dump", Database: r.database, Algorithm: "zstd", Level: 1, Connections: manyConnections, Port: way.port()})
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		r.figures.add(s.Name, "latency_pipe_over_backup", pipe.Seconds/ours.Seconds)
	}
	return nil
}

// selective counts the bytes read to restore one table of a hundred.
func (r *runner) selective(ctx context.Context) error {
	s, err := r.make(ctx, "hundred-tables")
	if err != nil {
		return err
	}
	dumped, err := r.vault(ctx, r.database, "zstd", 1)
	if err != nil {
		return err
	}
	size, err := r.tableSize(ctx, dumped.Stored, "t50")
	if err != nil {
		return err
	}
	for range r.Pairs {
		o, err := r.restored(ctx, task{Kind: "restore", Stored: dumped.Stored, Wanted: selection.Request{Tables: []string{"public.t50"}}})
		if err != nil {
			return err
		}
		r.figures.add(s.Name, "selective_bytes", ratio(o.Read, size+dumped.Stored.TOCSize))
	}
	return nil
}

// open opens a container of the storage.
func (b *bed) open(url string) (*blobstore.Container, error) {
	credential, err := azure.Credential()
	if err != nil {
		return nil, err
	}
	return azureblob.Open(url, credential, azureblob.Options{})
}

// tableSize returns the number of bytes of a table's data in a dump, from its
// table of contents.
func (b *bed) tableSize(ctx context.Context, s stored, table string) (int64, error) {
	container, err := b.open(b.azurite.ContainerURL(s.Container))
	if err != nil {
		return 0, err
	}
	content, err := container.OpenRange(ctx, s.Blob, s.ETag, 0, s.TOCSize)
	if err != nil {
		return 0, err
	}
	toc, err := archive.ReadTOC(content)
	if err = errors.Join(err, drain(content)); err != nil {
		return 0, err
	}
	return dataSize(toc.Entries, s.Size, table)
}

func drain(r io.ReadCloser) error {
	_, err := io.Copy(io.Discard, r)
	return errors.Join(err, r.Close())
}

// dataSize returns the distance from the beginning of a table's data to the
// beginning of the next.
func dataSize(entries []archive.Entry, end int64, table string) (int64, error) {
	begin := int64(-1)
	for _, e := range entries {
		if e.Desc == archive.DescTableData && e.Tag == table && e.State == archive.OffsetSet {
			begin = e.Offset
		}
	}
	if begin < 0 {
		return 0, fmt.Errorf("the dump has no data of table %s", table)
	}
	for _, e := range entries {
		if e.State == archive.OffsetSet && e.Offset > begin {
			end = min(end, e.Offset)
		}
	}
	return end - begin, nil
}
