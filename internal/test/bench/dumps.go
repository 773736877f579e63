package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/dump"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/signin/azure"
)

// memoryBudget is the worker's default for one of two concurrent dumps.
const memoryBudget = 36 << 20

// jobMemory is what the jobs of a worker with 1 GiB share, in bytes.
const jobMemory = 512 << 20

// listSuffix is the suffix of the block list's name after the dump's.
const listSuffix = ".blocks"

// printsSuffix is that of the fingerprints' name.
const printsSuffix = ".fingerprints"

// dumpTask is pgvault's dump stage.
func dumpTask(ctx context.Context, t task, c *blobstore.Container) (outcome, error) {
	tools, err := t.installations(ctx)
	if err != nil {
		return outcome{}, err
	}
	d := dump.Dumper{Source: t.source(), Container: c, Tools: tools, MemoryBudget: memoryBudget, Memory: memory.NewBudget(jobMemory)}
	r, err := d.Stream(ctx, dump.Request{
		Account: t.account(t.Database), Blob: t.Blob, BlocksBlob: t.Blob + listSuffix, FingerprintsBlob: t.Blob + printsSuffix, StallTimeout: time.Minute, LockTimeout: time.Minute,
		Connections: t.Connections, Compression: dump.Compression{Algorithm: t.Algorithm, Level: t.Level},
	}, progress.NewMeter(time.Now, "dump"))
	if err != nil {
		return outcome{}, err
	}
	if r.Layout.Method != dump.Parallel {
		return outcome{}, errors.New("the dump was not parallel: " + r.Layout.Reason)
	}
	return outcome{Stored: stored{Blob: t.Blob, ETag: r.Blob.ETag, Size: r.Blob.Size, TOCSize: r.Layout.TOCSize, Pieces: r.Layout.Pieces, List: t.Blob + listSuffix}}, nil
}

const (
	pipeBlock  = 8 << 20 // bytes
	pipeBlocks = 4       // in flight
)

// pipeTask pipes pg_dump into the same storage through Azure's own library,
// with several blocks in flight and without the checksums that pgvault
// computes.
func pipeTask(ctx context.Context, t task, _ *blobstore.Container) (outcome, error) {
	args := []string{"--format=custom"}
	if t.Compress != "" {
		args = append(args, "--compress="+t.Compress)
	}
	cmd := t.program(ctx, "pg_dump", args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return outcome{}, fmt.Errorf("make a pipe: %w", err)
	}
	credential, err := azure.Credential()
	if err != nil {
		return outcome{}, err
	}
	blob, err := blockblob.NewClient(t.Container+"/"+t.Blob, credential, nil)
	if err != nil {
		return outcome{}, fmt.Errorf("make a client of the storage: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return outcome{}, fmt.Errorf("start pg_dump: %w", err)
	}
	counted := &counter{from: out}
	answer, err := blob.UploadStream(ctx, counted, &blockblob.UploadStreamOptions{BlockSize: pipeBlock, Concurrency: pipeBlocks})
	if err := errors.Join(err, cmd.Wait()); err != nil {
		return outcome{}, err
	}
	return outcome{Stored: stored{Blob: t.Blob, ETag: strings.Trim(string(*answer.ETag), `"`), Size: counted.read}}, nil
}

// counter counts the bytes read through it.
type counter struct {
	from io.Reader
	read int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.read += int64(n)
	return n, err
}
