package blobstore

import (
	"context"
	"iter"
)

// List returns an iterator over the committed blobs under a prefix, by name,
// with their metadata. It reads page by page and ends at the first error.
func (c *Container) List(ctx context.Context, prefix string) iter.Seq2[Blob, error] {
	return c.blobs(ctx, Listing{Prefix: prefix})
}

// ListVersions is like List but includes the previous versions of existing and
// deleted blobs. Each version has its policy.
func (c *Container) ListVersions(ctx context.Context, prefix string) iter.Seq2[Blob, error] {
	return c.blobs(ctx, Listing{Prefix: prefix, Versions: true})
}

func (c *Container) blobs(ctx context.Context, l Listing) iter.Seq2[Blob, error] {
	return func(yield func(Blob, error) bool) {
		for page, err := range c.pages(ctx, l) {
			if err != nil {
				yield(Blob{}, err)
				return
			}
			for _, b := range page.Blobs {
				if !yield(b, nil) {
					return
				}
			}
		}
	}
}

// ListDirs returns the names under a prefix up to the next "/". blobs have
// their metadata, and dirs end in "/".
func (c *Container) ListDirs(ctx context.Context, prefix string) (blobs []Blob, dirs []string, err error) {
	for page, err := range c.pages(ctx, Listing{Prefix: prefix, Delimiter: "/"}) {
		if err != nil {
			return nil, nil, err
		}
		blobs, dirs = append(blobs, page.Blobs...), append(dirs, page.Dirs...)
	}
	return blobs, dirs, nil
}

// ListPage returns one page of [Container.ListVersions] and the marker of the
// next page, or "" after the last page. size is the maximum size of the page; 0
// means the storage's limit of 5,000.
func (c *Container) ListPage(ctx context.Context, prefix, marker string, size int32) (page []Blob, next string, err error) {
	found, err := c.page(ctx, Listing{Prefix: prefix, Marker: marker, Limit: size, Versions: true})
	return found.Blobs, found.Next, err
}

// pages returns an iterator over the pages of a listing. It ends at the first
// error.
func (c *Container) pages(ctx context.Context, l Listing) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		for {
			page, err := c.page(ctx, l)
			if !yield(page, err) || err != nil || page.Next == "" {
				return
			}
			l.Marker = page.Next
		}
	}
}

func (c *Container) page(ctx context.Context, l Listing) (page Page, err error) {
	err = c.small(ctx, "list "+l.Prefix, func(ctx context.Context) (err error) {
		page, err = c.backend.List(ctx, l)
		return err
	})
	return page, err
}
