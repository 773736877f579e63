package blobstore

import (
	"context"
	"fmt"
	"net/url"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
)

// accountOf makes the client of the account that a container is in.
func accountOf(containerURL string, credential azcore.TokenCredential, o container.ClientOptions) (*service.Client, error) {
	u, err := url.Parse(containerURL)
	if err != nil {
		return nil, fmt.Errorf("the container's URL: %w", err)
	}
	parts, err := blob.ParseURL(containerURL)
	if err != nil {
		return nil, fmt.Errorf("the container's URL: %w", err)
	}
	account := url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/" + parts.IPEndpointStyleInfo.AccountName}
	return service.NewClient(account.String(), credential, &service.ClientOptions{ClientOptions: o.ClientOptions})
}

// SoftDeleteDays is for how many days the storage account itself keeps what is
// deleted; 0 if it does not. Those who work with blobs need not be able to see it.
func (c *Container) SoftDeleteDays(ctx context.Context) (int, error) {
	days := 0
	err := c.small(ctx, "read the properties of storage account "+c.account, func(ctx context.Context) error {
		answer, err := c.service.GetProperties(ctx, nil)
		if policy := answer.DeleteRetentionPolicy; err == nil && policy != nil && value(policy.Enabled) {
			days = int(value(policy.Days))
		}
		return err
	})
	return days, err
}
