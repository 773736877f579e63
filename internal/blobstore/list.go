package blobstore

import (
	"context"
	"iter"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// versions has a listing give every version of each blob, with its lock. An
// account that keeps none lists the same as ever.
var versions = container.ListBlobsInclude{Metadata: true, Versions: true, ImmutabilityPolicy: true}

// List returns the committed blobs under a prefix, by name, with their metadata.
// It reads page by page as it is ranged over, and ends at the first error.
func (c *Container) List(ctx context.Context, prefix string) iter.Seq2[Blob, error] {
	return c.list(ctx, prefix, container.ListBlobsInclude{Metadata: true})
}

// ListVersions is List with the earlier versions of each blob, and those of
// blobs that have been deleted; each version with its lock.
func (c *Container) ListVersions(ctx context.Context, prefix string) iter.Seq2[Blob, error] {
	return c.list(ctx, prefix, versions)
}

func (c *Container) list(ctx context.Context, prefix string, include container.ListBlobsInclude) iter.Seq2[Blob, error] {
	return func(yield func(Blob, error) bool) {
		pages := c.client.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: &prefix, Include: include})
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

// ListDirs returns what begins with a prefix up to the next "/": blobs with their
// metadata, and the names of directories with a "/" at their end.
func (c *Container) ListDirs(ctx context.Context, prefix string) (blobs []Blob, dirs []string, err error) {
	pages := c.client.NewListBlobsHierarchyPager("/", &container.ListBlobsHierarchyOptions{Prefix: &prefix, Include: container.ListBlobsInclude{Metadata: true}})
	for pages.More() {
		var page container.ListBlobsHierarchyResponse
		err := c.small(ctx, "list "+prefix, func(ctx context.Context) (err error) {
			page, err = pages.NextPage(ctx)
			return err
		})
		if err != nil {
			return nil, nil, err
		}
		each(page.Segment.BlobItems, func(b Blob, _ error) bool {
			blobs = append(blobs, b)
			return true
		})
		for _, dir := range page.Segment.BlobPrefixes {
			dirs = append(dirs, value(dir.Name))
		}
	}
	return blobs, dirs, nil
}

func each(items []*container.BlobItem, yield func(Blob, error) bool) bool {
	for _, item := range items {
		b := Blob{Name: value(item.Name), Meta: metaOf(item.Metadata), Version: value(item.VersionID)}
		b.Previous = b.Version != "" && !value(item.IsCurrentVersion)
		if p := item.Properties; p != nil {
			b.Size, b.ETag, b.LastModified = value(p.ContentLength), etagOf(p.ETag), value(p.LastModified)
			b.Tier, b.MD5 = Tier(value(p.AccessTier)), p.ContentMD5
			b.Policy = lockOf(p)
		}
		if !yield(b, nil) {
			return false
		}
	}
	return true
}
