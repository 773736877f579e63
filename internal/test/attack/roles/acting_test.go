package roles_test

import (
	"context"
	"io"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
)

// The data actions that requests for blobs need.
const (
	read          = blobs + "read"
	add           = blobs + "add/action" // of blobs that do not exist
	write         = blobs + "write"
	remove        = blobs + "delete"
	removeVersion = blobs + "deleteBlobVersion/action"
	lock          = blobs + "immutableStorage/runAsSuperUser/action"
)

// acting is a storage to which an identity has the rights of its role.
type acting struct {
	blobstore.Backend
	role rights
}

var _ blobstore.Backend = acting{}

// need returns the storage's refusal unless the role has one of the actions.
func (a acting) need(actions ...string) error {
	if a.role.permits(actions...) {
		return nil
	}
	return failure.New(failure.ContainerNotAccessible, "", "the role %s has no right to %s", a.role.Name, actions[0])
}

func (a acting) Stat(ctx context.Context, name string) (blobstore.Blob, blobstore.CopyStatus, error) {
	if err := a.need(read); err != nil {
		return blobstore.Blob{}, blobstore.CopyStatus{}, err
	}
	return a.Backend.Stat(ctx, name)
}

func (a acting) Read(ctx context.Context, name, etag string, offset, count int64) (io.ReadCloser, string, error) {
	if err := a.need(read); err != nil {
		return nil, "", err
	}
	return a.Backend.Read(ctx, name, etag, offset, count)
}

func (a acting) List(ctx context.Context, l blobstore.Listing) (blobstore.Page, error) {
	if err := a.need(read); err != nil {
		return blobstore.Page{}, err
	}
	return a.Backend.List(ctx, l)
}

func (a acting) Put(ctx context.Context, name string, content []byte, meta blobstore.Meta, c blobstore.Condition) (blobstore.Blob, error) {
	needed := []string{write}
	if c.New {
		needed = append(needed, add)
	}
	if err := a.need(needed...); err != nil {
		return blobstore.Blob{}, err
	}
	return a.Backend.Put(ctx, name, content, meta, c)
}

func (a acting) StageBlock(ctx context.Context, name, id string, content []byte, moved func()) error {
	if err := a.need(write, add); err != nil {
		return err
	}
	return a.Backend.StageBlock(ctx, name, id, content, moved)
}

func (a acting) CommitBlocks(ctx context.Context, name string, ids []string, meta blobstore.Meta) (blobstore.Blob, error) {
	if err := a.need(write, add); err != nil {
		return blobstore.Blob{}, err
	}
	return a.Backend.CommitBlocks(ctx, name, ids, meta)
}

func (a acting) Delete(ctx context.Context, name string, c blobstore.Condition) error {
	if err := a.need(remove); err != nil {
		return err
	}
	return a.Backend.Delete(ctx, name, c)
}

func (a acting) DeleteVersion(ctx context.Context, name, version string) error {
	if err := a.need(removeVersion); err != nil {
		return err
	}
	return a.Backend.DeleteVersion(ctx, name, version)
}

func (a acting) SetTier(ctx context.Context, name string, tier blobstore.Tier) error {
	if err := a.need(write); err != nil {
		return err
	}
	return a.Backend.SetTier(ctx, name, tier)
}

func (a acting) StartCopy(ctx context.Context, r blobstore.Rehydration) error {
	for _, needed := range [][]string{{read}, {write, add}} {
		if err := a.need(needed...); err != nil {
			return err
		}
	}
	return a.Backend.StartCopy(ctx, r)
}

func (a acting) RaisePriority(ctx context.Context, name string) error {
	if err := a.need(write); err != nil {
		return err
	}
	return a.Backend.RaisePriority(ctx, name)
}

func (a acting) AbortCopy(ctx context.Context, name, id string) error {
	if err := a.need(write); err != nil {
		return err
	}
	return a.Backend.AbortCopy(ctx, name, id)
}

func (a acting) SetImmutabilityPolicy(ctx context.Context, name, version string, p blobstore.ImmutabilityPolicy) error {
	if err := a.need(lock); err != nil {
		return err
	}
	return a.Backend.SetImmutabilityPolicy(ctx, name, version, p)
}

func (a acting) ServerTime(ctx context.Context) (time.Time, error) {
	if err := a.need(containers + "read"); err != nil {
		return time.Time{}, err
	}
	return a.Backend.ServerTime(ctx)
}

func (a acting) SoftDeleteDays(ctx context.Context) (int, error) {
	if err := a.need(blobServices + "read"); err != nil {
		return 0, err
	}
	return a.Backend.SoftDeleteDays(ctx)
}
