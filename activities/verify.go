package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// VerifyInput is a request to verify a stored dump.
type VerifyInput struct {
	Plan BackupPlan `json:"plan"`
	// Dump is the statement of the dump, and DumpSize its length in bytes, by
	// which progress is shown.
	Dump     vault.StatementRef `json:"dump"`
	DumpSize int64              `json:"dumpSize"`
}

// VerifyResult is the result of the verification.
type VerifyResult struct {
	Statement vault.StatementRef `json:"statement"`
	SHA256    string             `json:"sha256"`
}

// verifyBeat is a heartbeat of Verify. It shows progress, and the next attempt
// resumes from it.
type verifyBeat struct {
	progress.Snapshot
	Checkpoint blobstore.Checkpoint `json:"checkpoint"`
}

// Verify reads the stored dump back, compares each block with the dumped one,
// computes the hash of the whole, and lets pg_restore read the table of
// contents. It only reads, and resumes from the last attempt's heartbeat.
func (b *Backup) Verify(ctx context.Context, in VerifyInput) (VerifyResult, error) {
	meter := progress.NewMeter(b.Now, "verify")
	meter.Expect(in.DumpSize)
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
	step, err := b.step(ctx, in.Plan)
	if err != nil {
		return VerifyResult{}, err
	}
	signed, _, err := vault.ReadStatement[statement.Dump](ctx, b.Vault, in.Dump, statement.TypeDump, step.Place)
	if err != nil {
		return VerifyResult{}, err
	}
	var done statement.Verification
	reading := memory.Job{Name: "the verification of " + signed.Dump.Blob, Meter: meter}
	err = b.Memory.Run(ctx, reading, blobstore.VerifyMemory(b.MemoryBudget, signed.Dump.BlocksSize), func(ctx context.Context, _ *memory.Share) (err error) {
		done, err = b.readBack(ctx, signed, meter, checkpoints)
		return err
	})
	if err != nil {
		return VerifyResult{}, err
	}
	step.SignedAt = b.Now().UTC()
	done.Step, done.DumpStatement = step, in.Dump.SHA256
	ref, err := b.sign(ctx, in.Plan, statement.TypeVerification, done)
	return VerifyResult{Statement: ref, SHA256: done.SHA256}, err
}

// readBack reads a dump whole and returns what it found.
func (b *Backup) readBack(ctx context.Context, signed statement.Dump, meter *progress.Meter, checkpoints *latest[blobstore.Checkpoint]) (statement.Verification, error) {
	d := signed.Dump
	etag, found, err := b.Vault.FindDump(ctx, d)
	if err != nil {
		return statement.Verification{}, err
	}
	if !found {
		return statement.Verification{}, failure.New(failure.VerificationFailed, vault.TakeAgain, "dump %s is gone, or is not the one that was dumped", d.Blob)
	}
	blocks, err := b.readBlocks(ctx, d)
	if err != nil {
		return statement.Verification{}, err
	}
	done := statement.Verification{Bytes: blobstore.TotalSize(blocks), ETag: etag}
	done.SHA256, err = b.Container.Verify(ctx, d.Blob, etag, blocks, b.MemoryBudget, checkpoints.get(),
		blobstore.Observer{Moved: meter.Touch, Compared: func(c blobstore.Checkpoint) {
			meter.Add(c.Bytes - meter.Bytes())
			checkpoints.set(c)
		}})
	if err != nil {
		return statement.Verification{}, fmt.Errorf("verify the dump: %w", err)
	}
	if signed.Fingerprints.Known() {
		meter.Phase("fingerprints")
		if err := b.Vault.CheckFingerprints(ctx, signed.Fingerprints, meter.Touch); err != nil {
			return statement.Verification{}, err
		}
	}
	meter.Phase("table of contents")
	toc, err := b.readTOC(ctx, d, etag, signed.Tool.Major, blobstore.NewIndex(blocks))
	done.ArchiveVersion, done.Compression = toc.ArchiveVersion, toc.Compression
	done.TOC = manifest.TOC{
		Entries: toc.Entries, Schemas: toc.Schemas, Tables: toc.Tables, TableData: toc.Data, Sequences: toc.Sequences,
		Views: toc.Views, Functions: toc.Functions, LargeObjects: toc.LargeObjects, Extensions: toc.Extensions,
	}
	return done, err
}

// readBlocks reads the stored block list of the dump.
func (b *Backup) readBlocks(ctx context.Context, d manifest.Dump) ([]blobstore.Block, error) {
	list, _, err := b.Container.Get(ctx, d.BlocksBlob, d.BlocksSize)
	if err != nil && !errors.Is(err, blobstore.ErrTooLong) && !errors.Is(err, blobstore.ErrNotFound) {
		return nil, fmt.Errorf("read the block list: %w", err)
	}
	if found := blobstore.HashOf(list); err != nil || found != d.BlocksSHA256 {
		return nil, failure.Wrap(err, failure.VerificationFailed, vault.TakeAgain, "block list %s is not the one that was stored", d.BlocksBlob)
	}
	blocks, err := blobstore.DecodeBlocks(list)
	if err != nil {
		return nil, failure.Wrap(err, failure.VerificationFailed, vault.TakeAgain, "block list %s is damaged", d.BlocksBlob)
	}
	return blocks, nil
}

// readTOC lets pg_restore list the stored archive.
func (b *Backup) readTOC(ctx context.Context, d manifest.Dump, etag string, major int, index *blobstore.Index) (pgtools.TOC, error) {
	tool, err := pgtools.Choose(b.Tools, major)
	if err != nil {
		return pgtools.TOC{}, err
	}
	stored, err := b.Container.OpenChecked(ctx, d.Blob, etag, index, 0, d.Size)
	if err != nil {
		return pgtools.TOC{}, fmt.Errorf("open the dump: %w", err)
	}
	defer func() { _ = stored.Close() }()
	toc, err := pgtools.List(ctx, tool, stored)
	if err != nil {
		return pgtools.TOC{}, failure.Wrap(err, failure.VerificationFailed,
			vault.TakeAgain, "pg_restore cannot read the table of contents of %s", d.Blob)
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
