package blobstore

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/pgvault/pgvault/internal/failure"
)

// ImmutabilityPolicy is the policy of one version of a blob: until then nobody
// can delete it. The zero value is none.
type ImmutabilityPolicy struct {
	// Until is to the second.
	Until time.Time
	// Locked reports whether the policy can only be extended.
	Locked bool
}

// Holds reports whether the storage refuses to delete the version at that time.
func (l ImmutabilityPolicy) Holds(now time.Time) bool { return now.Before(l.Until) }

func (l ImmutabilityPolicy) mode() blob.ImmutabilityPolicySetting {
	if l.Locked {
		return blob.ImmutabilityPolicySettingLocked
	}
	return blob.ImmutabilityPolicySettingUnlocked
}

func lockOf(p *container.BlobProperties) ImmutabilityPolicy {
	return ImmutabilityPolicy{
		Until:  value(p.ImmutabilityPolicyExpiresOn).UTC(),
		Locked: strings.EqualFold(string(value(p.ImmutabilityPolicyMode)), string(container.ImmutabilityPolicyModeLocked)),
	}
}

// SetImmutabilityPolicy locks the very version that was listed. A lock that the storage
// refuses to weaken is [ErrLocked]; a container that is not set up for locks and
// an identity that may not set them are failures with their own codes.
func (c *Container) SetImmutabilityPolicy(ctx context.Context, b Blob, l ImmutabilityPolicy) error {
	what := "lock " + b.Name
	return c.small(ctx, what, func(ctx context.Context) error {
		client, err := c.version(b)
		if err != nil {
			return err
		}
		_, err = client.SetImmutabilityPolicy(ctx, l.Until, &blob.SetImmutabilityPolicyOptions{Mode: to.Ptr(l.mode())})
		return c.refusedLock(what, err)
	})
}

// DeleteVersion removes a version that is not the current one, for good; one
// that is not there is removed. One that is locked is [ErrLocked].
func (c *Container) DeleteVersion(ctx context.Context, b Blob) error {
	what := fmt.Sprintf("delete version %s of %s", b.Version, b.Name)
	err := c.small(ctx, what, func(ctx context.Context) error {
		client, err := c.version(b)
		if err != nil {
			return err
		}
		_, err = client.Delete(ctx, nil)
		if status(err) == http.StatusForbidden {
			return failure.Wrap(err, failure.ContainerNotAccessible, c.grantDataAction("deleteBlobVersion/action"),
				"%s: the worker's identity may not delete versions of blobs in container %s of storage account %s", what, c.name, c.account)
		}
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

func (c *Container) version(b Blob) (*blockblob.Client, error) {
	client := c.blob(b.Name)
	if b.Version == "" {
		return client, nil
	}
	client, err := client.WithVersionID(b.Version)
	if err != nil {
		return nil, fmt.Errorf("version %s of %s: %w", b.Version, b.Name, err)
	}
	return client, nil
}

// refusedLock returns the reason for which a lock was refused, if a person can remedy it.
func (c *Container) refusedLock(what string, err error) error {
	switch code := status(err); {
	case code == http.StatusForbidden:
		return failure.Wrap(err, failure.MissingImmutabilityPermissions, c.grantDataAction("immutableStorage/runAsSuperUser/action"),
			"%s: the identity may not set immutability policies in container %s of storage account %s", what, c.name, c.account)
	case bloberror.HasCode(err, bloberror.BlobImmutableDueToPolicy, bloberror.BlobNotFound, bloberror.ContainerNotFound):
		return err
	case code == http.StatusBadRequest, code == http.StatusMethodNotAllowed, code == http.StatusConflict:
		return c.NotSetUp(err)
	}
	return err
}

// NotSetUp is the failure of a container that knows no locks.
func (c *Container) NotSetUp(cause error) error {
	return failure.Wrap(cause, failure.ImmutabilityNotSupported, fmt.Sprintf(
		"az storage account blob-service-properties update --account-name %[1]s --enable-versioning true && "+
			"az storage container-rm migrate-vlw --storage-account %[1]s --name %[2]s "+
			"(the migration cannot be undone and takes a while; docs/AZURE.md has it, and the way for a new container)", c.account, c.name),
		"container %s of storage account %s is not set up for version-level immutability", c.name, c.account)
}

// grantDataAction is what to paste for an identity that lacks a right that
// Storage Blob Data Contributor does not have.
func (c *Container) grantDataAction(action string) string {
	return fmt.Sprintf(`az role assignment create --role "Storage Blob Data Owner" --assignee "$IDENTITY" `+
		`--scope "$(az storage account show --name %s --query id --output tsv)/blobServices/default/containers/%s" `+
		`(IDENTITY: its object ID; a role of your own with the data action Microsoft.Storage/storageAccounts/blobServices/containers/blobs/%s is enough, `+
		`docs/AZURE.md has it; a new assignment takes some minutes)`, c.account, c.name, action)
}

func status(err error) int {
	var answer *azcore.ResponseError
	if errors.As(err, &answer) {
		return answer.StatusCode
	}
	return 0
}
