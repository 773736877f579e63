package blobstore

import (
	"context"
	"errors"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"

	"github.com/pgvault/pgvault/internal/failure"
)

// Tier is an access tier, by the storage's own name for it.
type Tier string

// The tiers that this program asks for.
const (
	Hot     Tier = "Hot"
	Archive Tier = "Archive"
)

// SetTier moves a blob to another tier. Neither its content nor its ETag nor
// its time changes by it, and moving it twice is moving it once.
func (c *Container) SetTier(ctx context.Context, name string, tier Tier) error {
	return c.small(ctx, "move "+name+" to tier "+string(tier), func(ctx context.Context) error {
		_, err := c.blob(name).SetTier(ctx, blob.AccessTier(tier), nil)
		var answer *azcore.ResponseError
		if errors.As(err, &answer) && answer.StatusCode == http.StatusBadRequest {
			return failure.Wrap(brief(answer), failure.ArchiveTierNotSupported,
				"keep the vault in a general-purpose v2 account with LRS, GRS or RA-GRS, or leave archive out of the policies",
				"storage account %s does not take %s into tier %s", c.account, name, tier)
		}
		return err
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
// it, which may take hours: [Container.Copied] tells how far it is. [ErrExists]
// tells that there is a blob of that name, be it from a request whose answer
// was lost.
func (c *Container) Rehydrate(ctx context.Context, r Rehydration) error {
	tier, priority := blob.AccessTier(Hot), blob.RehydratePriority(r.Priority)
	etag := azcore.ETag(`"` + r.ETag + `"`)
	return c.small(ctx, "rehydrate "+r.From, func(ctx context.Context) error {
		_, err := c.blob(r.To).StartCopyFromURL(ctx, c.blob(r.From).URL(), &blob.StartCopyFromURLOptions{
			Tier: &tier, RehydratePriority: &priority, Metadata: r.Meta.sdk(), AccessConditions: ifNew(),
			SourceModifiedAccessConditions: &blob.SourceModifiedAccessConditions{SourceIfMatch: &etag},
		})
		return err
	})
}

// RaisePriority raises a copy that is in the making to high priority: by Set Blob Tier
// with the tier that was asked for. It tells whether the storage has taken that;
// one that is busy otherwise goes on as before. Raising twice is raising once,
// and a copy that has been made meanwhile stays as it is.
func (c *Container) RaisePriority(ctx context.Context, name string) (raised bool, err error) {
	high := blob.RehydratePriority(High)
	err = c.small(ctx, "hasten the copy "+name, func(ctx context.Context) error {
		_, err := c.blob(name).SetTier(ctx, blob.AccessTier(Hot), &blob.SetTierOptions{RehydratePriority: &high})
		raised = err == nil
		if bloberror.HasCode(err, bloberror.BlobBeingRehydrated) {
			return nil
		}
		return err
	})
	return raised, err
}

// Copy is a blob that the storage makes, or has made, of another one.
type Copy struct {
	Blob
	// Pending reports whether it cannot be read yet.
	Pending bool
	// Failure says why there will be none; empty otherwise.
	Failure string

	id string
}

// Copied looks at a copy.
func (c *Container) Copied(ctx context.Context, name string) (Copy, error) {
	found := Copy{Blob: Blob{Name: name}}
	err := c.small(ctx, "look at "+name, func(ctx context.Context) error {
		answer, err := c.blob(name).GetProperties(ctx, nil)
		if err != nil {
			return err
		}
		found.Size, found.ETag, found.Meta = value(answer.ContentLength), etagOf(answer.ETag), metaOf(answer.Metadata)
		found.Tier, found.id = Tier(value(answer.AccessTier)), value(answer.CopyID)
		switch status := value(answer.CopyStatus); status {
		case blob.CopyStatusTypeFailed, blob.CopyStatusTypeAborted:
			found.Failure = "copy " + string(status) + ": " + value(answer.CopyStatusDescription)
		default:
			// The bytes may be on their way to the tier after the copy itself is made.
			found.Pending = status == blob.CopyStatusTypePending || value(answer.ArchiveStatus) != "" || found.Tier == Archive
		}
		return nil
	})
	return found, err
}

// DropCopy deletes a copy, be it still in the making. One that is not there is
// deleted.
func (c *Container) DropCopy(ctx context.Context, name string) error {
	found, err := c.Copied(ctx, name)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	case found.Pending && found.id != "":
		if err := c.abort(ctx, found); err != nil {
			return err
		}
	}
	return c.Delete(ctx, name)
}

// abort ends the making of a copy. One that has ended meanwhile is aborted.
func (c *Container) abort(ctx context.Context, made Copy) error {
	return c.small(ctx, "abort the copy "+made.Name, func(ctx context.Context) error {
		_, err := c.blob(made.Name).AbortCopyFromURL(ctx, made.id, nil)
		if bloberror.HasCode(err, bloberror.NoPendingCopyOperation, bloberror.BlobNotFound) {
			return nil
		}
		return err
	})
}
