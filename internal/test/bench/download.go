package bench

import (
	"context"
	"errors"
	"io"
	"os"

	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// downloadPart is the size of one request of a download, in bytes.
const downloadPart = 8 << 20

// download writes the dump to a file, four parts at a time.
func download(ctx context.Context, t task, c *blobstore.Container, file *os.File) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for offset := int64(0); offset < t.Stored.Size; offset += downloadPart {
		group.Go(func() error {
			part, err := c.OpenRange(ctx, t.Stored.Blob, t.Stored.ETag, offset, min(downloadPart, t.Stored.Size-offset))
			if err != nil {
				return err
			}
			_, err = io.Copy(io.NewOffsetWriter(file, offset), part)
			return errors.Join(err, part.Close())
		})
	}
	return errors.Join(group.Wait(), file.Close())
}
