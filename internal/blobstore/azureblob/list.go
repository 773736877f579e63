package azureblob

import (
	"context"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// List implements [blobstore.Backend].
func (b *Backend) List(ctx context.Context, l blobstore.Listing) (blobstore.Page, error) {
	include := container.ListBlobsInclude{Metadata: true, Versions: l.Versions, ImmutabilityPolicy: l.Versions}
	if l.Delimiter != "" {
		return b.listDirs(ctx, l, include)
	}
	answer, err := b.client.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{
		Prefix: &l.Prefix, Include: include, Marker: unlessZero(l.Marker), MaxResults: unlessZero(l.Limit),
	}).NextPage(ctx)
	if err != nil {
		return blobstore.Page{}, b.classify(err)
	}
	return blobstore.Page{Blobs: blobsOf(answer.Segment.BlobItems), Next: value(answer.NextMarker)}, nil
}

func (b *Backend) listDirs(ctx context.Context, l blobstore.Listing, include container.ListBlobsInclude) (blobstore.Page, error) {
	answer, err := b.client.NewListBlobsHierarchyPager(l.Delimiter, &container.ListBlobsHierarchyOptions{
		Prefix: &l.Prefix, Include: include, Marker: unlessZero(l.Marker), MaxResults: unlessZero(l.Limit),
	}).NextPage(ctx)
	if err != nil {
		return blobstore.Page{}, b.classify(err)
	}
	page := blobstore.Page{Blobs: blobsOf(answer.Segment.BlobItems), Next: value(answer.NextMarker)}
	for _, dir := range answer.Segment.BlobPrefixes {
		page.Dirs = append(page.Dirs, value(dir.Name))
	}
	return page, nil
}

func blobsOf(items []*container.BlobItem) []blobstore.Blob {
	blobs := make([]blobstore.Blob, 0, len(items))
	for _, item := range items {
		b := blobstore.Blob{Name: value(item.Name), Meta: metaOf(item.Metadata), Version: value(item.VersionID)}
		b.Previous = b.Version != "" && !value(item.IsCurrentVersion)
		if p := item.Properties; p != nil {
			b.Size, b.ETag, b.LastModified = value(p.ContentLength), etagOf(p.ETag), value(p.LastModified)
			b.Tier, b.MD5 = blobstore.Tier(value(p.AccessTier)), p.ContentMD5
			b.Policy = policyOf(p)
		}
		blobs = append(blobs, b)
	}
	return blobs
}

func policyOf(p *container.BlobProperties) blobstore.ImmutabilityPolicy {
	return blobstore.ImmutabilityPolicy{
		Until:  value(p.ImmutabilityPolicyExpiresOn).UTC(),
		Locked: strings.EqualFold(string(value(p.ImmutabilityPolicyMode)), string(container.ImmutabilityPolicyModeLocked)),
	}
}

// unlessZero returns a pointer to v, or nil if v is the zero value.
func unlessZero[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
