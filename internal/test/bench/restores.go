package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/restore"
)

// restoreTask is pgvault's restore into a new database.
func restoreTask(ctx context.Context, t task, c *blobstore.Container) (outcome, error) {
	tools, err := t.installations(ctx)
	if err != nil {
		return outcome{}, err
	}
	list, _, err := c.Get(ctx, t.Stored.List, blobstore.MaxListSize)
	if err != nil {
		return outcome{}, err
	}
	blocks, err := blobstore.DecodeBlocks(list)
	if err != nil {
		return outcome{}, err
	}
	index := blobstore.NewIndex(blocks)
	var read atomic.Int64
	read.Add(int64(len(list)))
	r := restore.Restorer{Source: t.source(), Tools: tools, Memory: memory.NewBudget(jobMemory)}
	_, err = r.Load(ctx, restore.Job{
		Account: t.account(t.Published), Unpublished: t.Database, Facts: postgres.DatabaseFacts{Encoding: "UTF8", Collate: "C.UTF-8", Ctype: "C.UTF-8", LocaleProvider: "libc"},
		SourceMajor: toolsMajor, ToolMajor: toolsMajor, Connections: t.Connections, Wanted: t.Wanted,
	}, restore.Dump{Name: "dump", Size: t.Stored.Size, TOCSize: t.Stored.TOCSize, Pieces: t.Stored.Pieces, Open: func(ctx context.Context, offset, count int64) (io.ReadCloser, error) {
		read.Add(count)
		return c.OpenChecked(ctx, t.Stored.Blob, t.Stored.ETag, index, offset, count)
	}}, progress.NewMeter(time.Now, "restore"))
	return outcome{Read: read.Load(), Stored: t.Stored}, err
}

// restorePipeTask is pg_restore, fed from the storage.
func restorePipeTask(ctx context.Context, t task, c *blobstore.Container) (outcome, error) {
	if err := createDatabase(ctx, t); err != nil {
		return outcome{}, err
	}
	from, err := c.OpenRange(ctx, t.Stored.Blob, t.Stored.ETag, 0, t.Stored.Size)
	if err != nil {
		return outcome{}, err
	}
	cmd := t.program(ctx, "pg_restore", "--dbname="+t.Database)
	cmd.Stdin = from
	return outcome{Stored: t.Stored}, errors.Join(cmd.Run(), from.Close())
}

// restoreFileTask downloads the dump, several parts concurrently, and runs
// pg_restore over several connections.
func restoreFileTask(ctx context.Context, t task, c *blobstore.Container) (outcome, error) {
	if err := createDatabase(ctx, t); err != nil {
		return outcome{}, err
	}
	file, err := os.CreateTemp("", "pgvault-bench-*.dump")
	if err != nil {
		return outcome{}, fmt.Errorf("make a file: %w", err)
	}
	defer func() { _ = os.Remove(file.Name()) }()
	if err := download(ctx, t, c, file); err != nil {
		return outcome{}, err
	}
	cmd := t.program(ctx, "pg_restore", "--jobs="+strconv.Itoa(t.Connections), "--dbname="+t.Database, file.Name())
	return outcome{Stored: t.Stored}, cmd.Run()
}

func createDatabase(ctx context.Context, t task) error {
	cmd := t.program(ctx, "psql", "--quiet", "--dbname=postgres", "--command=CREATE DATABASE "+t.Database+" TEMPLATE template0")
	return cmd.Run()
}
