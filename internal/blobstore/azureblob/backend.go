package azureblob

import (
	"context"
	"io"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/signin/whose"
)

// Backend sends requests to one container of Azure Blob storage.
type Backend struct {
	at      blobstore.Location
	client  *container.Client
	account *service.Client
	// by is whose credential the clients have.
	by whose.SignIn
}

var _ blobstore.Backend = (*Backend)(nil)

// Location implements [blobstore.Backend].
func (b *Backend) Location() blobstore.Location { return b.at }

func (b *Backend) blob(name string) *blockblob.Client { return b.client.NewBlockBlobClient(name) }

// Stat implements [blobstore.Backend].
func (b *Backend) Stat(ctx context.Context, name string) (blobstore.Blob, blobstore.CopyStatus, error) {
	answer, err := b.blob(name).GetProperties(ctx, nil)
	if err != nil {
		return blobstore.Blob{}, blobstore.CopyStatus{}, b.classify(err)
	}
	return blobstore.Blob{
		Name: name, Size: value(answer.ContentLength), ETag: etagOf(answer.ETag), LastModified: value(answer.LastModified),
		Meta: metaOf(answer.Metadata), Version: value(answer.VersionID), Tier: blobstore.Tier(value(answer.AccessTier)),
	}, copyStatus(answer), nil
}

// Put implements [blobstore.Backend].
func (b *Backend) Put(ctx context.Context, name string, content []byte, meta blobstore.Meta, c blobstore.Condition) (blobstore.Blob, error) {
	body := newBody(content, unseen)
	defer body.revoke()
	answer, err := b.blob(name).Upload(ctx, body, &blockblob.UploadOptions{
		Metadata: pointers(meta), HTTPHeaders: headers(name), AccessConditions: conditions(c),
		TransactionalValidation: blob.TransferValidationTypeMD5(checksum(content)),
	})
	if err != nil && c.New {
		return blobstore.Blob{}, b.existing(err)
	}
	if err != nil {
		return blobstore.Blob{}, b.classify(err)
	}
	return blobstore.Blob{
		Name: name, Size: int64(len(content)), ETag: etagOf(answer.ETag), LastModified: value(answer.LastModified),
		Meta: meta, Version: value(answer.VersionID),
	}, nil
}

// Delete implements [blobstore.Backend].
func (b *Backend) Delete(ctx context.Context, name string, c blobstore.Condition) error {
	_, err := b.blob(name).Delete(ctx, &blob.DeleteOptions{AccessConditions: conditions(c)})
	return b.classify(err)
}

// Read implements [blobstore.Backend].
func (b *Backend) Read(ctx context.Context, name, etag string, offset, count int64) (io.ReadCloser, string, error) {
	answer, err := b.blob(name).DownloadStream(ctx, &blob.DownloadStreamOptions{
		Range: blob.HTTPRange{Offset: offset, Count: count}, AccessConditions: conditions(blobstore.Condition{ETag: etag}),
	})
	if err != nil {
		return nil, "", b.classify(err)
	}
	if there := answer.ContentLength; there != nil && *there < count {
		_ = answer.Body.Close()
		return nil, "", blobstore.TooShort(*there, offset, count)
	}
	return &download{ReadCloser: answer.Body, backend: b, left: count}, etagOf(answer.ETag), nil
}

// StageBlock implements [blobstore.Backend].
func (b *Backend) StageBlock(ctx context.Context, name, id string, content []byte, moved func()) error {
	body := newBody(content, moved)
	defer body.revoke()
	_, err := b.blob(name).StageBlock(ctx, id, body, &blockblob.StageBlockOptions{
		TransactionalValidation: blob.TransferValidationTypeMD5(checksum(content)),
	})
	return b.classify(err)
}

// CommitBlocks implements [blobstore.Backend].
func (b *Backend) CommitBlocks(ctx context.Context, name string, ids []string, meta blobstore.Meta) (blobstore.Blob, error) {
	answer, err := b.blob(name).CommitBlockList(ctx, ids, &blockblob.CommitBlockListOptions{
		Metadata: pointers(meta), HTTPHeaders: headers(name), AccessConditions: conditions(blobstore.Condition{New: true}),
	})
	if err != nil {
		return blobstore.Blob{}, b.existing(err)
	}
	return blobstore.Blob{
		Name: name, ETag: etagOf(answer.ETag), LastModified: value(answer.LastModified), Meta: meta, Version: value(answer.VersionID),
	}, nil
}
