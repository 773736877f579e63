package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
)

// VerifyInput is a request to verify a stored dump.
type VerifyInput struct {
	Plan BackupPlan `json:"plan"`
	Dump DumpResult `json:"dump"`
}

// VerifyResult is the result of the verification.
type VerifyResult struct {
	SHA256 string      `json:"sha256"`
	TOC    pgtools.TOC `json:"toc"`
}

// verifyBeat is a heartbeat of Verify. It shows progress, and the next attempt
// resumes from it.
type verifyBeat struct {
	progress.Snapshot
	Checkpoint blobstore.Checkpoint `json:"checkpoint"`
}

// takeAgain is the remedy if the stored bytes differ from the dumped ones.
const takeAgain = "take the backup again; if it happens again, report it"

// Verify reads the stored dump back, compares each block with the dumped one,
// computes the hash of the whole, and lets pg_restore read the table of
// contents. It only reads, and resumes from the last attempt's heartbeat.
func (b *Backup) Verify(ctx context.Context, in VerifyInput) (VerifyResult, error) {
	meter := progress.NewMeter(b.Now, "verify")
	meter.Expect(in.Dump.Size)
	checkpoints := newLatest(lastCheckpoint(ctx))
	meter.Resume(checkpoints.get().Bytes)
	w := &work{meter: meter, details: func() any { return verifyBeat{Snapshot: meter.Snapshot(), Checkpoint: checkpoints.get()} }}
	return carry(ctx, &b.works, w, func(ctx context.Context) (VerifyResult, error) {
		result, err := b.verify(ctx, in, meter, checkpoints)
		return result, endCause(ctx, err)
	})
}

func (b *Backup) verify(ctx context.Context, in VerifyInput, meter *progress.Meter, checkpoints *latest[blobstore.Checkpoint]) (VerifyResult, error) {
	ctx, stop := progress.Watch(ctx, meter, in.Plan.Instance.Dump.WithDefaults().StallTimeout.Std())
	defer stop()
	blocks, err := b.readBlocks(ctx, in.Dump)
	if err != nil {
		return VerifyResult{}, err
	}
	var result VerifyResult
	result.SHA256, err = b.Container.Verify(ctx, in.Dump.Blob, in.Dump.ETag, blocks, b.MemoryBudget, checkpoints.get(),
		blobstore.Observer{Moved: meter.Touch, Compared: func(c blobstore.Checkpoint) {
			meter.Add(c.Bytes - meter.Bytes())
			checkpoints.set(c)
		}})
	if err != nil {
		return VerifyResult{}, fmt.Errorf("verify the dump: %w", err)
	}
	meter.Phase("table of contents")
	result.TOC, err = b.readTOC(ctx, in.Dump, blobstore.NewIndex(blocks))
	return result, err
}

// readBlocks reads the stored block list of the dump.
func (b *Backup) readBlocks(ctx context.Context, d DumpResult) ([]blobstore.Block, error) {
	list, _, err := b.Container.Get(ctx, d.BlocksBlob, d.BlocksSize)
	if err != nil && !errors.Is(err, blobstore.ErrTooLong) && !errors.Is(err, blobstore.ErrNotFound) {
		return nil, fmt.Errorf("read the block list: %w", err)
	}
	if found := blobstore.HashOf(list); err != nil || found != d.BlocksSHA256 {
		return nil, failure.Wrap(err, failure.VerificationFailed, takeAgain, "block list %s is not the one that was stored", d.BlocksBlob)
	}
	blocks, err := blobstore.DecodeBlocks(list)
	if err != nil {
		return nil, failure.Wrap(err, failure.VerificationFailed, takeAgain, "block list %s is damaged", d.BlocksBlob)
	}
	return blocks, nil
}

// readTOC lets pg_restore list the stored archive.
func (b *Backup) readTOC(ctx context.Context, d DumpResult, index *blobstore.Index) (pgtools.TOC, error) {
	tool, err := pgtools.Choose(b.Tools, d.Tool.Major)
	if err != nil {
		return pgtools.TOC{}, err
	}
	stored, err := b.Container.OpenChecked(ctx, d.Blob, d.ETag, index, 0, d.Size)
	if err != nil {
		return pgtools.TOC{}, fmt.Errorf("open the dump: %w", err)
	}
	defer func() { _ = stored.Close() }()
	toc, err := pgtools.List(ctx, tool, stored)
	if err != nil {
		return pgtools.TOC{}, failure.Wrap(err, failure.VerificationFailed,
			takeAgain, "pg_restore cannot read the table of contents of %s", d.Blob)
	}
	return toc, nil
}

func lastCheckpoint(ctx context.Context) blobstore.Checkpoint {
	var last verifyBeat
	if !activity.HasHeartbeatDetails(ctx) {
		return last.Checkpoint
	}
	var raw json.RawMessage
	if err := activity.GetHeartbeatDetails(ctx, &raw); err != nil || json.Unmarshal(raw, &last) != nil {
		// Details of another version of this program: verify from the start.
		return blobstore.Checkpoint{}
	}
	return last.Checkpoint
}
