package azureblob

import (
	"context"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
)

// SetTier implements [blobstore.Backend].
func (b *Backend) SetTier(ctx context.Context, name string, tier blobstore.Tier) error {
	_, err := b.blob(name).SetTier(ctx, blob.AccessTier(tier), nil)
	if answer := answerOf(err); answer != nil && answer.StatusCode == http.StatusBadRequest {
		return failure.Wrap(brief(answer), failure.ArchiveTierNotSupported,
			"keep the vault in a general-purpose v2 account with LRS, GRS or RA-GRS, or leave archive out of the policies",
			"storage account %s does not take %s into tier %s", b.at.Account, name, tier)
	}
	return b.classify(err)
}

// StartCopy implements [blobstore.Backend].
func (b *Backend) StartCopy(ctx context.Context, r blobstore.Rehydration) error {
	tier, priority := blob.AccessTier(blobstore.Hot), blob.RehydratePriority(r.Priority)
	_, err := b.blob(r.To).StartCopyFromURL(ctx, b.blob(r.From).URL(), &blob.StartCopyFromURLOptions{
		Tier: &tier, RehydratePriority: &priority, Metadata: pointers(r.Meta),
		AccessConditions:               conditions(blobstore.Condition{New: true}),
		SourceModifiedAccessConditions: &blob.SourceModifiedAccessConditions{SourceIfMatch: quoted(r.ETag)},
	})
	return b.classify(err)
}

// RaisePriority implements [blobstore.Backend]. It repeats Set Blob Tier with
// the tier of the copy.
func (b *Backend) RaisePriority(ctx context.Context, name string) error {
	high := blob.RehydratePriority(blobstore.High)
	_, err := b.blob(name).SetTier(ctx, blob.AccessTier(blobstore.Hot), &blob.SetTierOptions{RehydratePriority: &high})
	return b.classify(err)
}

// AbortCopy implements [blobstore.Backend].
func (b *Backend) AbortCopy(ctx context.Context, name, id string) error {
	_, err := b.blob(name).AbortCopyFromURL(ctx, id, nil)
	if bloberror.HasCode(err, bloberror.NoPendingCopyOperation, bloberror.BlobNotFound) {
		return nil
	}
	return b.classify(err)
}

func copyStatus(answer blob.GetPropertiesResponse) blobstore.CopyStatus {
	found := blobstore.CopyStatus{ID: value(answer.CopyID)}
	switch status := value(answer.CopyStatus); status {
	case blob.CopyStatusTypeFailed, blob.CopyStatusTypeAborted:
		found.Failure = "copy " + string(status) + ": " + value(answer.CopyStatusDescription)
	default:
		// The blob may still be moving to its tier after the copy has succeeded.
		found.Pending = status == blob.CopyStatusTypePending || value(answer.ArchiveStatus) != "" ||
			blobstore.Tier(value(answer.AccessTier)) == blobstore.Archive
	}
	return found
}
