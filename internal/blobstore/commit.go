package blobstore

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
)

// metaBlocks marks a blob with the SHA-256 of its block list, by which a commit
// whose answer was lost knows its own result.
const metaBlocks = "blocklist"

// Commit makes the staged blocks a blob, if there is none of that name. Its own
// result there already is a success.
func (u *Upload) Commit(ctx context.Context, meta Meta) (Blob, error) {
	blocks := u.Blocks()
	ids := make([]string, len(blocks))
	for index := range blocks {
		ids[index] = blockID(index)
	}
	marked := Meta{metaBlocks: hashOf(EncodeBlocks(blocks))}
	maps.Copy(marked, meta)
	made := Blob{Name: u.name, Size: totalSize(blocks), Meta: marked}
	c := u.container
	err := c.ride(ctx, c.outageLimit, int64(len(ids)*64), "commit "+u.name, func(ctx context.Context) error {
		answer, err := c.blob(u.name).CommitBlockList(ctx, ids, &blockblob.CommitBlockListOptions{
			Metadata: marked.sdk(), HTTPHeaders: headers(u.name), AccessConditions: ifNew(),
		})
		made.ETag, made.LastModified = etagOf(answer.ETag), value(answer.LastModified)
		return err
	})
	if errors.Is(err, ErrExists) || errors.Is(err, ErrChanged) {
		return u.own(ctx, made)
	}
	return made, err
}

func (u *Upload) own(ctx context.Context, made Blob) (Blob, error) {
	there, err := u.container.Stat(ctx, u.name)
	if err != nil {
		return Blob{}, err
	}
	if there.Size != made.Size || !maps.Equal(there.Meta, made.Meta) {
		return Blob{}, fmt.Errorf("commit %s: %w", u.name, ErrExists)
	}
	return there, nil
}
