package azureblob

import (
	"context"
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
)

// DeleteVersion implements [blobstore.Backend].
func (b *Backend) DeleteVersion(ctx context.Context, name, version string) error {
	client, err := b.version(name, version)
	if err != nil {
		return err
	}
	_, err = client.Delete(ctx, nil)
	if answer := answerOf(err); answer != nil && answer.StatusCode == http.StatusForbidden {
		return failure.Wrap(brief(answer), failure.ContainerNotAccessible, b.grantDataAction("deleteBlobVersion/action"),
			"%s may not delete versions of blobs in container %s of storage account %s", b.by, b.at.Container, b.at.Account)
	}
	return b.classify(err)
}

// SetImmutabilityPolicy implements [blobstore.Backend].
func (b *Backend) SetImmutabilityPolicy(ctx context.Context, name, version string, p blobstore.ImmutabilityPolicy) error {
	client, err := b.version(name, version)
	if err != nil {
		return err
	}
	mode := blob.ImmutabilityPolicySettingUnlocked
	if p.Locked {
		mode = blob.ImmutabilityPolicySettingLocked
	}
	_, err = client.SetImmutabilityPolicy(ctx, p.Until, &blob.SetImmutabilityPolicyOptions{Mode: &mode})
	return b.refusedPolicy(err)
}

// version returns the client of a version; "" is the current version.
func (b *Backend) version(name, version string) (*blockblob.Client, error) {
	client := b.blob(name)
	if version == "" {
		return client, nil
	}
	client, err := client.WithVersionID(version)
	if err != nil {
		return nil, fmt.Errorf("version %s of %s: %w", version, name, err)
	}
	return client, nil
}

// refusedPolicy is classify for requests that set a policy. Their errors have
// other causes.
func (b *Backend) refusedPolicy(err error) error {
	answer := answerOf(err)
	switch {
	case answer == nil, bloberror.HasCode(err, bloberror.BlobImmutableDueToPolicy, bloberror.BlobNotFound, bloberror.ContainerNotFound):
		return b.classify(err)
	case answer.StatusCode == http.StatusForbidden:
		return failure.Wrap(brief(answer), failure.MissingImmutabilityPermissions, b.grantDataAction("immutableStorage/runAsSuperUser/action"),
			"the identity may not set immutability policies in container %s of storage account %s", b.at.Container, b.at.Account)
	case answer.StatusCode == http.StatusBadRequest, answer.StatusCode == http.StatusMethodNotAllowed, answer.StatusCode == http.StatusConflict:
		return b.at.NoPolicies(brief(answer))
	}
	return b.classify(err)
}

// grantDataAction returns the command that grants the identity a right that the
// role Storage Blob Data Contributor lacks.
func (b *Backend) grantDataAction(action string) string {
	return fmt.Sprintf(`az role assignment create --role "Storage Blob Data Owner" --assignee "$IDENTITY" `+
		`--scope "$(az storage account show --name %s --query id --output tsv)/blobServices/default/containers/%s" `+
		`(IDENTITY: its object ID; a role of your own with the data action Microsoft.Storage/storageAccounts/blobServices/containers/blobs/%s is enough, `+
		`docs/AZURE.md has it; a new assignment takes some minutes)`, b.at.Account, b.at.Container, action)
}
