package blobstore

import (
	"context"
	"iter"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// List gives the committed blobs under a prefix, by name, with their metadata.
// It reads page by page as it is ranged over, and ends at the first error.
func (c *Container) List(ctx context.Context, prefix string) iter.Seq2[Blob, error] {
	return func(yield func(Blob, error) bool) {
		pages := c.client.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{
			Prefix: &prefix, Include: container.ListBlobsInclude{Metadata: true},
		})
		for pages.More() {
			var page container.ListBlobsFlatResponse
			err := c.small(ctx, "list "+prefix, func(ctx context.Context) (err error) {
				page, err = pages.NextPage(ctx)
				return err
			})
			if err != nil {
				yield(Blob{}, err)
				return
			}
			if !each(page.Segment.BlobItems, yield) {
				return
			}
		}
	}
}

// ListDirs gives what is directly under a prefix that ends in "/": the names of
// blobs, and of directories with a "/" at their end.
func (c *Container) ListDirs(ctx context.Context, prefix string) (blobs, dirs []string, err error) {
	pages := c.client.NewListBlobsHierarchyPager("/", &container.ListBlobsHierarchyOptions{Prefix: &prefix})
	for pages.More() {
		var page container.ListBlobsHierarchyResponse
		err := c.small(ctx, "list "+prefix, func(ctx context.Context) (err error) {
			page, err = pages.NextPage(ctx)
			return err
		})
		if err != nil {
			return nil, nil, err
		}
		for _, item := range page.Segment.BlobItems {
			blobs = append(blobs, value(item.Name))
		}
		for _, dir := range page.Segment.BlobPrefixes {
			dirs = append(dirs, value(dir.Name))
		}
	}
	return blobs, dirs, nil
}

func each(items []*container.BlobItem, yield func(Blob, error) bool) bool {
	for _, item := range items {
		b := Blob{Name: value(item.Name), Meta: metaOf(item.Metadata)}
		if p := item.Properties; p != nil {
			b.Size, b.ETag, b.LastModified = value(p.ContentLength), etagOf(p.ETag), value(p.LastModified)
			b.Tier = Tier(value(p.AccessTier))
		}
		if !yield(b, nil) {
			return false
		}
	}
	return true
}
