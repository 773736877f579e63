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

// commit writes the block list and then the dump, so that every dump can be
// verified. The dump has given its snapshot back: Announce and the storage may let
// it wait for long.
func (j *job) commit(ctx context.Context, assembly *blobstore.Assembly, runs []*blobstore.Run) error {
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
	if j.Announce != nil {
		j.result.Blob = blobstore.Blob{Name: j.Blob, Size: blobstore.TotalSize(blocks)}
		if err := j.Announce(ctx, j.result); err != nil {
			return err
		}
	}
	blob, err := assembly.Commit(ctx, runs, j.result.BlocksSHA256, j.Meta)
	if err != nil {
		err = fmt.Errorf("commit the dump: %w", err)
		// The identity of backups need not have the right to delete. The sweep
		// deletes the list, and its error must not replace the dump's.
		if left := j.Container.Delete(ctx, j.BlocksBlob); left != nil {
			err = fmt.Errorf("%w; its block list is left behind: %s", err, left.Error()) // as text: its failure code is not the dump's
		}
		return err
	}
	j.result.Blob = blob
	return nil
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
