package dump

import (
	"context"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
)

// stored waits until all blocks are stored. What fails there is the reason why
// the dump failed, if the storage refused something before anybody ended the dump.
func stored(ctx context.Context, assembly *blobstore.Assembly, err error) error {
	if refused := assembly.Wait(); refused != nil && (err == nil || ctx.Err() == nil) {
		return fmt.Errorf("store the dump: %w", refused)
	}
	return err
}

// commit writes the list of blocks before the dump appears, so that whatever
// dump there is can be verified.
func (j *job) commit(ctx context.Context, assembly *blobstore.Assembly, runs []*blobstore.Run) error {
	j.result.Ended = time.Now().UTC()
	blocks := blobstore.BlocksOf(runs)
	list := blobstore.EncodeBlocks(blocks)
	j.result.Blocks, j.result.BlocksSHA256, j.result.BlocksSize = len(blocks), blobstore.HashOf(list), int64(len(list))
	j.meter.Phase("commit")
	if _, err := j.Container.PutNew(ctx, j.BlocksBlob, list, j.Meta); err != nil {
		return fmt.Errorf("store the block list: %w", err)
	}
	if j.Announce != nil {
		j.result.Blob = blobstore.Blob{Name: j.Blob, Size: blobstore.TotalOf(blocks)}
		j.Announce(ctx, j.result)
	}
	blob, err := assembly.Commit(ctx, runs, j.result.BlocksSHA256, j.Meta)
	if err != nil {
		err = fmt.Errorf("commit the dump: %w", err)
		// An identity of backups need not be allowed to delete. What is left goes
		// with the sweep, and is not why the dump failed.
		if left := j.Container.Delete(ctx, j.BlocksBlob); left != nil {
			err = fmt.Errorf("%w; its block list is left behind: %s", err, left.Error()) // whose code is not the dump's
		}
		return err
	}
	j.result.Blob = blob
	return nil
}

// orGivenUp returns the reason where this package ended the attempt:
// nothing moved, or the snapshot was too old.
func orGivenUp(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	if code := failure.CodeOf(cause); err != nil && (code == failure.TransferStalled || code == failure.SnapshotLimit) {
		return cause
	}
	return err
}
