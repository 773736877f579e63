package blobstore

import (
	"context"
	"errors"
	"fmt"
)

// SetImmutabilityPolicy sets the policy of the very version that was listed. A
// policy that the storage refuses to weaken is [ErrLocked]. A container that has
// none, and an identity that may not set them, are failures with their own codes.
func (c *Container) SetImmutabilityPolicy(ctx context.Context, b Blob, p ImmutabilityPolicy) error {
	return c.small(ctx, "lock "+b.Name, func(ctx context.Context) error {
		return c.backend.SetImmutabilityPolicy(ctx, b.Name, b.Version, p)
	})
}

// DeleteVersion deletes a version that is not the current one, for good. It
// succeeds if there is no such version. [ErrLocked] means that a policy keeps it.
func (c *Container) DeleteVersion(ctx context.Context, b Blob) error {
	err := c.small(ctx, fmt.Sprintf("delete version %s of %s", b.Version, b.Name), func(ctx context.Context) error {
		return c.backend.DeleteVersion(ctx, b.Name, b.Version)
	})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
