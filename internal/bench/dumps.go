package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/dump"
	"github.com/pgvault/pgvault/internal/progress"
)

// memoryBudget is what the worker gives one of the two dumps that it makes at a
// time, unless told otherwise.
const memoryBudget = 36 << 20

// dumpTask is pgvault's dump stage.
func dumpTask(ctx context.Context, t task, c *blobstore.Container) (outcome, error) {
	tools, err := t.installations(ctx)
	if err != nil {
		return outcome{}, err
	}
	d := dump.Dumper{Source: t.source(), Container: c, Tools: tools, MemoryBudget: memoryBudget}
	r, err := d.Stream(ctx, dump.Request{
		Account: t.account(t.Database), Blob: t.Blob, BlocksBlob: t.Blob + ".blocks", StallTimeout: time.Minute, LockTimeout: time.Minute,
		Connections: t.Connections, Compression: dump.Compression{Algorithm: t.Algorithm, Level: t.Level},
	}, progress.NewMeter(time.Now, "dump"))
	if err != nil {
		return outcome{}, err
	}
	if r.Layout.Method != dump.Parallel {
		return outcome{}, errors.New("the dump was not parallel: " + r.Layout.Reason)
	}
	return outcome{Stored: stored{Blob: t.Blob, ETag: r.Blob.ETag, Size: r.Blob.Size, TOCSize: r.Layout.TOCSize, Pieces: r.Layout.Pieces}}, nil
}

// pipeTask is pg_dump, piped into the same storage: several blocks on their way
// at a time, which is the most that a pipe can have.
func pipeTask(ctx context.Context, t task, c *blobstore.Container) (outcome, error) {
	args := []string{"--format=custom"}
	if t.Compress != "" {
		args = append(args, "--compress="+t.Compress)
	}
	cmd := t.program(ctx, "pg_dump", args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return outcome{}, fmt.Errorf("make a pipe: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return outcome{}, fmt.Errorf("start pg_dump: %w", err)
	}
	upload := c.NewUpload(t.Blob, blobstore.NewPlan(0, memoryBudget))
	if err := errors.Join(upload.ReadFrom(ctx, out, nil), cmd.Wait()); err != nil {
		return outcome{}, err
	}
	blob, err := upload.Commit(ctx, nil)
	return outcome{Stored: stored{Blob: t.Blob, ETag: blob.ETag, Size: blob.Size}}, err
}
