package localenv

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// AzuriteAccount is the account of every Azurite, and AzuriteKey its key.
// Microsoft documents both; they are not secret.
const (
	AzuriteAccount = "devstoreaccount1"
	AzuriteKey     = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

// AzuriteOptions are the options of Azurite. CA is required.
type AzuriteOptions struct {
	CA *CA
	// Port is used if it is free.
	Port int
	// LogFile is in Azurite's own directory by default.
	LogFile string
}

// Azurite is Azure Blob storage over TLS. It accepts bearer tokens of the right
// form and checks neither their signature nor any role: see [StartProxy].
type Azurite struct {
	// URL of the storage account.
	URL string

	ca          *CA
	certificate Certificate
	script      string
	lease       *lease
	dir         string
	logFile     string
	mu          sync.Mutex
	child       *Process
}

// StartAzurite starts Azurite with an empty account.
func StartAzurite(ctx context.Context, o AzuriteOptions) (*Azurite, error) {
	script, err := prepareAzurite(ctx, os.Stderr)
	if err != nil {
		return nil, err
	}
	certificate, err := o.CA.Server()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pgvault-azurite-")
	if err != nil {
		return nil, fmt.Errorf("make Azurite's directory: %w", err)
	}
	port, err := leasePort(o.Port)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	a := &Azurite{
		// An IP address, with which the SDK expects the account in the path.
		URL: "https://" + loopback(port.port) + "/" + AzuriteAccount,
		ca:  o.CA, certificate: certificate, script: script, lease: port, dir: dir, logFile: o.LogFile,
	}
	if a.logFile == "" {
		a.logFile = filepath.Join(dir, "log")
	}
	if err := a.Start(ctx); err != nil {
		a.Stop()
		return nil, err
	}
	return a, nil
}

// Start starts a halted or killed Azurite again, on the same port.
func (a *Azurite) Start(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	cmd := exec.Command("node", a.script,
		"--location", filepath.Join(a.dir, "data"), "--silent", "--disableTelemetry",
		"--blobHost", "127.0.0.1", "--blobPort", strconv.Itoa(a.lease.port), "--disableProductStyleUrl",
		"--oauth", "basic", "--cert", a.certificate.CertFile, "--key", a.certificate.KeyFile,
		"--skipApiVersionCheck") // the SDK is newer than the versions that it knows
	cmd.Dir = a.dir
	c, err := startProcess(cmd, a.logFile, syscall.SIGKILL)
	if err != nil {
		return err
	}
	if err := c.awaitReady(ctx, dials(a.lease.port)); err != nil {
		c.Kill()
		return err
	}
	a.child = c
	return nil
}

// Halt stops Azurite and keeps its data. It stops gracefully, since Azurite
// writes its state late.
func (a *Azurite) Halt() { a.end(func(c *Process) { c.Stop(syscall.SIGTERM, 20*time.Second) }) }

// Kill stops Azurite at once. Recent writes may be lost.
func (a *Azurite) Kill() { a.end((*Process).Kill) }

func (a *Azurite) end(how func(*Process)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.child != nil {
		how(a.child)
		a.child = nil
	}
}

// Stop stops Azurite and removes its data.
func (a *Azurite) Stop() {
	a.Kill()
	_ = os.RemoveAll(a.dir)
	a.lease.release()
}

// PID returns Azurite's process ID, or 0 while it is halted.
func (a *Azurite) PID() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.child == nil {
		return 0
	}
	return a.child.PID()
}

// ContainerURL returns the URL of a container, which need not exist.
func (a *Azurite) ContainerURL(name string) string { return a.URL + "/" + name }

// CreateContainer creates a container if it does not exist and returns its URL.
func (a *Azurite) CreateContainer(ctx context.Context, name string) (string, error) {
	url := a.ContainerURL(name)
	client, err := container.NewClient(url, a.Credential(), &container.ClientOptions{
		ClientOptions: policy.ClientOptions{Transport: a.Client()},
	})
	if err != nil {
		return "", fmt.Errorf("make a container client: %w", err)
	}
	if _, err := client.Create(ctx, nil); err != nil && !bloberror.HasCode(err, bloberror.ContainerAlreadyExists) {
		return "", fmt.Errorf("create container %s: %w", name, err)
	}
	return url, nil
}

// CopyContainer copies every blob of a container, with its metadata, to another
// container, as a move of a storage account does. The copies have new ETags.
func (a *Azurite) CopyContainer(ctx context.Context, from, to string) error {
	options := &container.ClientOptions{ClientOptions: policy.ClientOptions{Transport: a.Client()}}
	source, err := container.NewClient(from, a.Credential(), options)
	if err != nil {
		return fmt.Errorf("make a container client: %w", err)
	}
	target, err := container.NewClient(to, a.Credential(), options)
	if err != nil {
		return fmt.Errorf("make a container client: %w", err)
	}
	for pages := source.NewListBlobsFlatPager(nil); pages.More(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list %s: %w", from, err)
		}
		for _, item := range page.Segment.BlobItems {
			_, err := target.NewBlobClient(*item.Name).StartCopyFromURL(ctx, source.NewBlobClient(*item.Name).URL(), nil)
			if err != nil {
				return fmt.Errorf("copy %s: %w", *item.Name, err)
			}
		}
	}
	return nil
}

// Client returns an HTTP client that trusts Azurite's certificate.
func (a *Azurite) Client() *http.Client { return a.ca.Client() }

// Credential returns a credential for storage that does not use the identity
// stand-in.
func (a *Azurite) Credential() azcore.TokenCredential {
	return &credential{signer: newSigner(), audience: storageAudience}
}

// credential signs tokens in this process.
type credential struct {
	signer   *signer
	audience string
}

var _ azcore.TokenCredential = (*credential)(nil)

func (c *credential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	expires := time.Now().Add(time.Hour)
	return azcore.AccessToken{Token: c.signer.sign(c.audience, expires), ExpiresOn: expires}, nil
}
