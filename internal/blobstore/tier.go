package blobstore

import (
	"context"
	"errors"
)

// SetTier moves a blob to another tier. Its content, ETag and time do not
// change. It may be repeated.
func (c *Container) SetTier(ctx context.Context, name string, tier Tier) error {
	return c.small(ctx, "move "+name+" to tier "+string(tier), func(ctx context.Context) error {
		return c.backend.SetTier(ctx, name, tier)
	})
}

// Priority is the priority of a rehydration.
type Priority string

// The priorities, by the storage's names.
const (
	Standard Priority = "Standard"
	High     Priority = "High"
)

// Rehydration is a request for a readable copy of an archived blob.
type Rehydration struct {
	// From and ETag are the name and the ETag of the blob. A blob with another ETag
	// is not copied.
	From, ETag string
	// To is the name of the copy in the same container. There must be no such blob.
	To       string
	Priority Priority
	// Meta is the metadata of the copy. The metadata of the blob is not copied.
	Meta Meta
}

// Rehydrate starts a copy of an archived blob to the hot tier. The copy may
// take hours; [Container.Copied] returns its state. The error is [ErrExists] if
// there is a blob of that name. An earlier request whose answer was lost may
// have created it.
func (c *Container) Rehydrate(ctx context.Context, r Rehydration) error {
	return c.small(ctx, "rehydrate "+r.From, func(ctx context.Context) error {
		return c.backend.StartCopy(ctx, r)
	})
}

// RaisePriority raises a pending copy to high priority and reports whether the
// storage accepted it. A refused copy continues unchanged. It may be repeated.
// It does not change a completed copy.
func (c *Container) RaisePriority(ctx context.Context, name string) (raised bool, err error) {
	err = c.small(ctx, "raise the priority of the copy "+name, func(ctx context.Context) error {
		err := c.backend.RaisePriority(ctx, name)
		raised = err == nil
		if errors.Is(err, ErrArchived) {
			return nil
		}
		return err
	})
	return raised, err
}

// CopyStatus is the state of a copy.
type CopyStatus struct {
	// ID is the copy's ID, or "" for a blob that is not a copy.
	ID string
	// Pending reports whether the blob cannot be read yet. Its copy is in progress,
	// or it is in the archive tier or leaving it.
	Pending bool
	// Failure is the reason why the copy failed, or "".
	Failure string
}

// Copy is a blob created by copying, with the state of the copy.
type Copy struct {
	Blob
	CopyStatus
}

// Copied returns the state of a copy.
func (c *Container) Copied(ctx context.Context, name string) (found Copy, err error) {
	err = c.small(ctx, "look at "+name, func(ctx context.Context) (err error) {
		found.Blob, found.CopyStatus, err = c.backend.Stat(ctx, name)
		return err
	})
	return found, err
}

// DropCopy deletes a copy, whether or not it is pending. It succeeds if there
// is no such blob.
func (c *Container) DropCopy(ctx context.Context, name string) error {
	found, err := c.Copied(ctx, name)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	case found.Pending && found.ID != "":
		err := c.small(ctx, "abort the copy "+name, func(ctx context.Context) error {
			return c.backend.AbortCopy(ctx, name, found.ID)
		})
		if err != nil {
			return err
		}
	}
	return c.Delete(ctx, name)
}
