package blobstore

import (
	"context"
	"errors"
	"fmt"
)

// SetImmutabilityPolicy sets the policy of the listed version. The error is
// [ErrLocked] if the storage refuses to weaken a policy. A container without
// policies and an identity without the right are failures with codes of their
// own.
func (c *Container) SetImmutabilityPolicy(ctx context.Context, b Blob, p ImmutabilityPolicy) error {
	return c.small(ctx, "lock "+b.Name, func(ctx context.Context) error {
		return c.backend.SetImmutabilityPolicy(ctx, b.Name, b.Version, p)
	})
}

// DeleteVersion permanently deletes a previous version of a blob. It succeeds
// if there is no such version. The error is [ErrLocked] if a policy protects
// the version.
func (c *Container) DeleteVersion(ctx context.Context, b Blob) error {
	err := c.small(ctx, fmt.Sprintf("delete version %s of %s", b.Version, b.Name), func(ctx context.Context) error {
		return c.backend.DeleteVersion(ctx, b.Name, b.Version)
	})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
