package blobstore

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"

	"github.com/pgvault/pgvault/internal/clock"
	"github.com/pgvault/pgvault/internal/failure"
)

var (
	// ErrNotFound means that there is no such blob.
	ErrNotFound = errors.New("no such blob")
	// ErrExists means that a blob of that name is there already, with other content.
	ErrExists = errors.New("the blob exists")
	// ErrChanged means that the blob is not the one with the expected ETag.
	ErrChanged = errors.New("the blob has changed")
	// ErrArchived means that the blob is in the archive tier, where it cannot be read.
	ErrArchived = errors.New("the blob is in the archive tier")
	// ErrTooLong is returned for a blob with more bytes than it should have.
	ErrTooLong = errors.New("the blob is too long")
	// ErrTooShort reports that the storage has fewer bytes of the blob than it said.
	ErrTooShort = errors.New("the blob is too short")
	// ErrLocked means that an immutability policy, or a legal hold, forbids it.
	ErrLocked = errors.New("the blob is locked")
)

// classify is the only place that reads the SDK's errors. ctx is the caller's,
// not that of the single attempt, whose end is an outage.
func (c *Container) classify(ctx context.Context, what string, err error) error {
	var answer *azcore.ResponseError
	var signIn *azidentity.AuthenticationFailedError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", what, ctx.Err())
	case failure.CodeOf(err) != failure.Internal:
		return err // classified further down
	case errors.Is(err, ErrTooShort):
		return fmt.Errorf("%s: %w", what, err)
	case errors.As(err, &answer):
		return c.classifyAnswer(what, answer)
	case outsideItsTime(err):
		text, _ := clock.Validity(err, time.Now())
		return failure.New(failure.ContainerNotAccessible, clock.RemedyOfValidity,
			"%s: the way to storage account %s is not trusted at this time: %s", what, c.account, text)
	case errors.As(err, &signIn):
		return c.classifySignIn(what, signIn)
	case untrusted(err):
		return failure.Wrap(err, failure.ContainerNotAccessible,
			"let SSL_CERT_FILE name a file with the certificate authority's certificate",
			"%s: the certificate of storage account %s does not verify", what, c.account)
	case noCredential(err):
		return failure.Wrap(err, failure.ContainerNotAccessible,
			"give the worker an identity: a managed identity, a workload identity, or AZURE_CLIENT_ID, AZURE_TENANT_ID and a secret or certificate",
			"%s: there is no Azure identity to sign in with", what)
	}
	return failure.Wrap(err, failure.StorageUnavailable, "", "%s: storage account %s does not answer", what, c.account)
}

func (c *Container) classifyAnswer(what string, answer *azcore.ResponseError) error {
	cause := brief(answer)
	denied := answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden
	off := clock.AgainstAnswer("the storage", time.Now(), answer.RawResponse)
	has := func(codes ...bloberror.Code) bool { return bloberror.HasCode(answer, codes...) }
	switch {
	case denied && off != nil:
		return failure.New(off.Code, off.Action, "%s: storage account %s refuses it, and %s", what, c.account, off.Message)
	case denied:
		return failure.Wrap(cause, failure.ContainerNotAccessible, c.grantRole(),
			"%s: the worker's identity may not use container %s of storage account %s", what, c.name, c.account)
	case has(bloberror.ContainerNotFound, bloberror.ContainerBeingDeleted, bloberror.ContainerDisabled):
		return failure.Wrap(cause, failure.ContainerNotAccessible,
			fmt.Sprintf("az storage container create --auth-mode login --account-name %s --name %s", c.account, c.name),
			"%s: there is no container %s in storage account %s", what, c.name, c.account)
	case answer.StatusCode == http.StatusNotFound && has(bloberror.ResourceNotFound):
		return failure.Wrap(cause, failure.ContainerNotAccessible, "check the container's URL",
			"%s: there is no storage account or container %s", what, c.url)
	case answer.StatusCode == http.StatusNotFound:
		return fmt.Errorf("%s: %w", what, ErrNotFound)
	case has(bloberror.BlobImmutableDueToPolicy, "BlobImmutableDueToLegalHold"):
		return fmt.Errorf("%s: %w", what, ErrLocked)
	case has(bloberror.BlobAlreadyExists):
		return fmt.Errorf("%s: %w", what, ErrExists)
	case has(bloberror.BlobArchived, bloberror.BlobBeingRehydrated):
		return fmt.Errorf("%s: %w", what, ErrArchived)
	case answer.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		return fmt.Errorf("%s: %w", what, ErrTooShort)
	case answer.StatusCode == http.StatusPreconditionFailed:
		return fmt.Errorf("%s: %w", what, ErrChanged)
	case passing(answer.StatusCode), has(bloberror.MD5Mismatch): // what arrived is not what was sent
		return failure.Wrap(cause, failure.StorageUnavailable, "", "%s: storage account %s is not available", what, c.account)
	}
	return fmt.Errorf("%s: %w", what, cause)
}

// classifySignIn distinguishes a refusal from an identity service that is away.
func (c *Container) classifySignIn(what string, signIn *azidentity.AuthenticationFailedError) error {
	if signIn.RawResponse == nil || passing(signIn.RawResponse.StatusCode) {
		return failure.Wrap(signIn, failure.StorageUnavailable, "", "%s: Azure's identity service does not answer", what)
	}
	if off := clock.AgainstAnswer("Azure's identity service", time.Now(), signIn.RawResponse); off != nil {
		return failure.Wrap(signIn, off.Code, off.Action, "%s: the worker's identity cannot sign in to Azure, and %s", what, off.Message)
	}
	return failure.Wrap(signIn, failure.ContainerNotAccessible,
		"check the worker's identity: its tenant, client ID and secret, certificate or federation",
		"%s: the worker's identity cannot sign in to Azure", what)
}

// grantRole is what to paste for an identity that lacks its role.
func (c *Container) grantRole() string {
	return fmt.Sprintf(`az role assignment create --role "Storage Blob Data Contributor" --assignee "$WORKER_IDENTITY" `+
		`--scope "$(az storage account show --name %s --query id --output tsv)/blobServices/default/containers/%s" `+
		`(WORKER_IDENTITY: the object ID of the worker's identity; "Storage Blob Data Reader" is enough for restores; `+
		`a new assignment takes some minutes; the account's firewall must admit the worker too)`, c.account, c.name)
}

// passing reports whether a status is one that another attempt may not meet.
func passing(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= http.StatusInternalServerError
}

// outsideItsTime reports whether a certificate is not valid by this machine's
// clock, be it the storage's or that of Azure's identity service.
func outsideItsTime(err error) bool {
	_, found := clock.Validity(err, time.Time{})
	return found
}

// untrusted reports whether a certificate was refused.
func untrusted(err error) bool {
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &invalid)
}

// noCredential reports whether the credential has nothing to sign in with, which
// azidentity shows by a method alone.
func noCredential(err error) bool {
	var final interface{ NonRetriable() }
	return errors.As(err, &final)
}

// brief says in a line what the SDK says in a page.
func brief(answer *azcore.ResponseError) error {
	request := ""
	if answer.RawResponse != nil {
		request = answer.RawResponse.Header.Get("x-ms-request-id")
	}
	return fmt.Errorf("%d %s, request %q", answer.StatusCode, answer.ErrorCode, request)
}
