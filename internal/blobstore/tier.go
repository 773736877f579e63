package blobstore

import (
	"context"
	"errors"
)

// SetTier moves a blob to another tier. Neither its content nor its ETag nor
// its time changes by it, and moving it twice is moving it once.
func (c *Container) SetTier(ctx context.Context, name string, tier Tier) error {
	return c.small(ctx, "move "+name+" to tier "+string(tier), func(ctx context.Context) error {
		return c.backend.SetTier(ctx, name, tier)
	})
}

// Priority is how urgent a rehydration is.
type Priority string

// The priorities, by the storage's own names.
const (
	Standard Priority = "Standard"
	High     Priority = "High"
)

// Rehydration asks for a readable copy of an archived blob.
type Rehydration struct {
	// From is the blob's name and ETag; a blob with another ETag is not copied.
	From, ETag string
	// To is the copy's name in the same container, where there must be no blob yet.
	To       string
	Priority Priority
	// Meta is the copy's own: that of the blob is not copied.
	Meta Meta
}

// Rehydrate asks the storage for a copy in the hot tier. It does not wait for
// it, which may take hours: see [Container.Copied]. [ErrExists] means that there
// is a blob of that name, which may come from a request whose answer was lost.
func (c *Container) Rehydrate(ctx context.Context, r Rehydration) error {
	return c.small(ctx, "rehydrate "+r.From, func(ctx context.Context) error {
		return c.backend.StartCopy(ctx, r)
	})
}

// RaisePriority raises a pending copy to high priority, and reports whether the
// storage has done so; one that is busy otherwise continues as before. It may be
// repeated, and changes nothing about a copy that has ended.
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

// CopyStatus is how far the storage has come with a copy.
type CopyStatus struct {
	// ID is the copy's; "" of a blob that is none.
	ID string
	// Pending reports whether the blob cannot be read yet: its copy is under way,
	// or it is in the archive tier or on its way out of it.
	Pending bool
	// Failure says why there will be no copy; "" otherwise.
	Failure string
}

// Copy is a blob that the storage makes, or has made, of another one.
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

// DropCopy deletes a copy, pending or not. It succeeds if there is none.
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
