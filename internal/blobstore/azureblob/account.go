package azureblob

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
)

// accountOf returns a client of the account of a container.
func accountOf(containerURL string, credential azcore.TokenCredential, o policy.ClientOptions) (*service.Client, error) {
	u, err := url.Parse(containerURL)
	if err != nil {
		return nil, fmt.Errorf("the container's URL: %w", err)
	}
	parts, err := blob.ParseURL(containerURL)
	if err != nil {
		return nil, fmt.Errorf("the container's URL: %w", err)
	}
	account := url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/" + parts.IPEndpointStyleInfo.AccountName}
	return service.NewClient(account.String(), credential, &service.ClientOptions{ClientOptions: o})
}

// SoftDeleteDays implements [blobstore.Backend].
func (b *Backend) SoftDeleteDays(ctx context.Context) (int, error) {
	answer, err := b.account.GetProperties(ctx, nil)
	if err != nil {
		return 0, b.classify(err)
	}
	if policy := answer.DeleteRetentionPolicy; policy != nil && value(policy.Enabled) {
		return int(value(policy.Days)), nil
	}
	return 0, nil
}

// ServerTime implements [blobstore.Backend].
func (b *Backend) ServerTime(ctx context.Context) (time.Time, error) {
	answer, err := b.client.GetProperties(ctx, nil)
	if err != nil {
		return time.Time{}, b.classify(err)
	}
	if answer.Date == nil {
		return time.Time{}, fmt.Errorf("container %s answers without a date", b.at.URL)
	}
	return *answer.Date, nil
}
