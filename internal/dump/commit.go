package dump

import (
	"context"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
)

// stored waits until all blocks are stored. If the storage refused a block
// before the dump was stopped, that refusal is the returned error.
func stored(ctx context.Context, assembly *blobstore.Assembly, err error) error {
	if refused := assembly.Wait(); refused != nil && (err == nil || ctx.Err() == nil) {
		return fmt.Errorf("store the dump: %w", refused)
	}
	return err
}

// commit writes the block list and the fingerprints and then the dump, so that
// every dump can be verified. The dump has given its snapshot back: Announce and
// the storage may let it wait for long.
func (j *job) commit(ctx context.Context, assembly *blobstore.Assembly, runs []*blobstore.Run, c content) error {
	j.result.Ended = time.Now().UTC()
	j.age.end()
	warning := j.age.warning(j.result.Ended)
	j.meter.Warn(func() string { return warning })
	if warning != "" {
		j.result.Warnings = append(j.result.Warnings, warning)
	}
	blocks := blobstore.BlocksOf(runs)
	list := blobstore.EncodeBlocks(blocks)
	j.result.Blocks, j.result.BlocksSHA256, j.result.BlocksSize = len(blocks), blobstore.HashOf(list), int64(len(list))
	j.meter.Phase("commit")
	if _, err := j.Container.PutNew(ctx, j.BlocksBlob, list, j.Meta); err != nil {
		return fmt.Errorf("store the block list: %w", err)
	}
	if err := j.storeFingerprints(ctx, c); err != nil {
		return err
	}
	if j.Announce != nil {
		j.result.Blob = blobstore.Blob{Name: j.Blob, Size: blobstore.TotalSize(blocks)}
		if err := j.Announce(ctx, j.result); err != nil {
			return err
		}
	}
	blob, err := assembly.Commit(ctx, runs, j.result.BlocksSHA256, j.Meta)
	if err != nil {
		return j.withoutDump(ctx, fmt.Errorf("commit the dump: %w", err))
	}
	j.result.Blob = blob
	return nil
}

// withoutDump deletes what was stored beside a dump that is not committed, and
// returns the reason. The identity of backups need not have the right to delete:
// the sweep does it, and that error must not replace the dump's.
func (j *job) withoutDump(ctx context.Context, reason error) error {
	for _, name := range []string{j.BlocksBlob, j.FingerprintsBlob} {
		if left := j.Container.Delete(ctx, name); left != nil {
			reason = fmt.Errorf("%w; %s is left behind: %s", reason, name, left.Error()) // as text: its failure code is not the dump's
		}
	}
	return reason
}

// orCause returns the cause if this package ended the attempt, because
// nothing moved or the snapshot was too old. Otherwise it returns err.
func orCause(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	if code := failure.CodeOf(cause); err != nil && (code == failure.TransferStalled || code == failure.SnapshotLimit) {
		return cause
	}
	return err
}
