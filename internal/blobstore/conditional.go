package blobstore

import (
	"context"
	"errors"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// PutIf replaces the blob that has the ETag; [ErrChanged] tells that it has
// another, or is gone. A lost answer shows as ErrChanged too: look again.
func (c *Container) PutIf(ctx context.Context, name string, content []byte, meta Meta, etag string) (Blob, error) {
	put, err := c.put(ctx, name, content, meta, ifMatch(etag))
	return put, goneIsChanged(err)
}

// DeleteIf removes the blob that has the ETag; [ErrChanged] tells that it has
// another, or is gone.
func (c *Container) DeleteIf(ctx context.Context, name, etag string) error {
	err := c.small(ctx, "delete "+name, func(ctx context.Context) error {
		_, err := c.blob(name).Delete(ctx, &blob.DeleteOptions{AccessConditions: ifMatch(etag)})
		return err
	})
	return goneIsChanged(err)
}

func goneIsChanged(err error) error {
	if errors.Is(err, ErrNotFound) {
		return errors.Join(ErrChanged, err)
	}
	return err
}

// ListPage returns one page of what [Container.ListVersions] gives, and the marker
// of the next page; "" after the last. size bounds the page; 0 leaves it to the
// storage, which gives 5,000.
func (c *Container) ListPage(ctx context.Context, prefix, marker string, size int32) (page []Blob, next string, err error) {
	options := container.ListBlobsFlatOptions{Prefix: &prefix, Include: versions}
	if marker != "" {
		options.Marker = &marker
	}
	if size > 0 {
		options.MaxResults = &size
	}
	var answer container.ListBlobsFlatResponse
	err = c.small(ctx, "list "+prefix, func(ctx context.Context) (err error) {
		answer, err = c.client.NewListBlobsFlatPager(&options).NextPage(ctx)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	page = make([]Blob, 0, len(answer.Segment.BlobItems))
	each(answer.Segment.BlobItems, func(b Blob, _ error) bool {
		page = append(page, b)
		return true
	})
	return page, value(answer.NextMarker), nil
}
