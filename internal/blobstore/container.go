package blobstore

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"

	"github.com/pgvault/pgvault/internal/failure"
)

// Options tunes a [Container]. The zero value is what production uses.
type Options struct {
	// Transport sends the requests; nil means the SDK's own.
	Transport policy.Transporter
	// OutageLimit is how long uploads, commits, verifications and readers try
	// again while the storage does not answer. Zero means five minutes.
	OutageLimit time.Duration
}

const (
	defaultOutageLimit = 5 * time.Minute
	// Small requests are one step of an activity that is itself tried again.
	smallOutageLimit = 30 * time.Second

	telemetryID = "pgvault"
)

// Container is one blob container. It is safe for concurrent use.
type Container struct {
	url         string
	account     string
	name        string
	client      *container.Client
	service     *service.Client
	outageLimit time.Duration
}

// Open makes the client of a container, by its URL. It sends nothing.
func Open(containerURL string, credential azcore.TokenCredential, o Options) (*Container, error) {
	accountName, name, err := parseURL(containerURL)
	if err != nil {
		return nil, err
	}
	clientOptions := container.ClientOptions{
		ClientOptions: policy.ClientOptions{
			Transport: o.Transport,
			Telemetry: policy.TelemetryOptions{ApplicationID: telemetryID},
			// [Container.ride] tries again; two of them would multiply.
			Retry: policy.RetryOptions{MaxRetries: -1},
		},
	}
	client, err := container.NewClient(containerURL, credential, &clientOptions)
	if err != nil {
		return nil, fmt.Errorf("make the client of container %s: %w", containerURL, err)
	}
	account, err := accountOf(containerURL, credential, clientOptions)
	if err != nil {
		return nil, fmt.Errorf("make the client of the account of %s: %w", containerURL, err)
	}
	if o.OutageLimit == 0 {
		o.OutageLimit = defaultOutageLimit
	}
	return &Container{url: client.URL(), account: accountName, name: name, client: client, service: account, outageLimit: o.OutageLimit}, nil
}

// parseURL returns the names of account and container. Both forms of Azure's URLs
// are taken: https://account.host/container, and https://address/account/container.
func parseURL(containerURL string) (account, name string, err error) {
	const example = "give the URL of a container, like https://ACCOUNT.blob.core.windows.net/CONTAINER"
	u, err := url.Parse(containerURL)
	if err != nil {
		return "", "", failure.New(failure.InvalidConfiguration, example, "the container's URL cannot be read")
	}
	if u.Scheme != "https" {
		return "", "", failure.New(failure.InvalidConfiguration, example, "container URL %q is not https", u.Redacted())
	}
	if u.RawQuery != "" || u.User != nil || u.Fragment != "" {
		return "", "", failure.New(failure.InvalidConfiguration,
			"leave out everything from the question mark on; the worker signs in with its own identity",
			"the URL of container %s carries more than a name", u.Host+u.Path)
	}
	parts, err := blob.ParseURL(containerURL)
	if err != nil || parts.ContainerName == "" || parts.BlobName != "" {
		return "", "", failure.New(failure.InvalidConfiguration, example, "container URL %q does not name one container", containerURL)
	}
	account = parts.IPEndpointStyleInfo.AccountName
	if account == "" {
		account, _, _ = strings.Cut(parts.Host, ".")
	}
	return account, parts.ContainerName, nil
}

// URL is the container's own.
func (c *Container) URL() string { return c.url }

// ServerTime is the storage's own clock, to the second.
func (c *Container) ServerTime(ctx context.Context) (time.Time, error) {
	var at time.Time
	err := c.small(ctx, "read the storage's clock", func(ctx context.Context) error {
		answer, err := c.client.GetProperties(ctx, nil)
		if err == nil && answer.Date != nil {
			at = *answer.Date
		}
		return err
	})
	if err == nil && at.IsZero() {
		return at, fmt.Errorf("read the storage's clock: container %s answers without a date", c.url)
	}
	return at, err
}

// CheckWrite proves the right to read and to write under a prefix. It leaves
// nothing that a listing shows: a block that is never committed.
func (c *Container) CheckWrite(ctx context.Context, prefix string) error {
	for _, err := range c.List(ctx, prefix) {
		if err != nil {
			return err
		}
		break
	}
	const block = "d3JpdGUtY2hlY2s=" // "write-check"
	return c.small(ctx, "write under "+prefix, func(ctx context.Context) error {
		body := newBody([]byte("pgvault"), unseen)
		defer body.revoke()
		_, err := c.blob(prefix+"write-check").StageBlock(ctx, block, body, nil)
		return err
	})
}

func (c *Container) blob(name string) *blockblob.Client { return c.client.NewBlockBlobClient(name) }
