package azureblob

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/signin/whose"
)

const telemetryID = "pgvault"

// Options are options of a container's client. Production uses the zero value.
type Options struct {
	// Transport sends the requests. Nil means the SDK's default.
	Transport policy.Transporter
	// OutageLimit is the outage limit of the [blobstore.Container].
	OutageLimit time.Duration
	// By is whose credential it is, for messages.
	By whose.SignIn
}

// Open returns the container with a URL. It sends no request.
func Open(containerURL string, credential azcore.TokenCredential, o Options) (*blobstore.Container, error) {
	backend, err := New(containerURL, credential, o.Transport)
	if err != nil {
		return nil, err
	}
	backend.by = o.By
	return blobstore.New(backend, o.OutageLimit), nil
}

// New returns the backend of the container with a URL. It sends no request. A
// nil transport means the SDK's default.
func New(containerURL string, credential azcore.TokenCredential, transport policy.Transporter) (*Backend, error) {
	at, err := parseURL(containerURL)
	if err != nil {
		return nil, err
	}
	options := policy.ClientOptions{
		Transport: transport,
		Telemetry: policy.TelemetryOptions{ApplicationID: telemetryID},
		// The [blobstore.Container] retries. Retries here would multiply with its own.
		Retry: policy.RetryOptions{MaxRetries: -1},
	}
	client, err := container.NewClient(containerURL, credential, &container.ClientOptions{ClientOptions: options})
	if err != nil {
		return nil, fmt.Errorf("make the client of container %s: %w", containerURL, err)
	}
	account, err := accountOf(containerURL, credential, options)
	if err != nil {
		return nil, fmt.Errorf("make the client of the account of %s: %w", containerURL, err)
	}
	at.URL = client.URL()
	return &Backend{at: at, client: client, account: account}, nil
}

// parseURL returns the account and the container of a URL. It accepts both
// forms of Azure's URLs: https://account.host/container and
// https://address/account/container.
func parseURL(containerURL string) (at blobstore.Location, err error) {
	const example = "give the URL of a container, like https://ACCOUNT.blob.core.windows.net/CONTAINER"
	u, err := url.Parse(containerURL)
	if err != nil {
		return at, failure.New(failure.InvalidConfiguration, example, "the container's URL cannot be read")
	}
	if u.Scheme != "https" {
		return at, failure.New(failure.InvalidConfiguration, example, "container URL %q is not https", u.Redacted())
	}
	if u.RawQuery != "" || u.User != nil || u.Fragment != "" {
		return at, failure.New(failure.InvalidConfiguration,
			"leave out everything from the question mark on; the worker signs in with its own identity",
			"the URL of container %s carries more than a name", u.Host+u.Path)
	}
	parts, err := blob.ParseURL(containerURL)
	if err != nil || parts.ContainerName == "" || parts.BlobName != "" {
		return at, failure.New(failure.InvalidConfiguration, example, "container URL %q does not name one container", containerURL)
	}
	at = blobstore.Location{Account: parts.IPEndpointStyleInfo.AccountName, Container: parts.ContainerName}
	if at.Account == "" {
		at.Account, _, _ = strings.Cut(parts.Host, ".")
	}
	return at, nil
}
