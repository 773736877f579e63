package blobstore

import (
	"context"
	"errors"
)

// PutIf replaces the blob that has the ETag. The error is [ErrChanged] if the
// blob has another ETag or does not exist, or if the answer to an earlier
// attempt was lost. The caller must read the blob to find out which.
func (c *Container) PutIf(ctx context.Context, name string, content []byte, meta Meta, etag string) (Blob, error) {
	put, err := c.put(ctx, name, content, meta, Condition{ETag: etag})
	return put, goneIsChanged(err)
}

// DeleteIf deletes the blob that has the ETag. The error is [ErrChanged] if the
// blob has another ETag or does not exist.
func (c *Container) DeleteIf(ctx context.Context, name, etag string) error {
	return goneIsChanged(c.small(ctx, "delete "+name, func(ctx context.Context) error {
		return c.backend.Delete(ctx, name, Condition{ETag: etag})
	}))
}

func goneIsChanged(err error) error {
	if errors.Is(err, ErrNotFound) {
		return errors.Join(ErrChanged, err)
	}
	return err
}
