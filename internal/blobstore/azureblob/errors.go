package azureblob

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/clock"
)

// classify maps an error of the SDK to an error of [blobstore.Backend].
func (b *Backend) classify(err error) error {
	var answer *azcore.ResponseError
	var signIn *azidentity.AuthenticationFailedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &answer):
		return b.classifyAnswer(answer)
	case outsideItsTime(err):
		text, _ := clock.Validity(err, time.Now())
		return failure.New(failure.ContainerNotAccessible, clock.RemedyOfValidity,
			"the way to storage account %s is not trusted at this time: %s", b.at.Account, text)
	case errors.As(err, &signIn):
		return b.classifySignIn(signIn)
	case untrusted(err):
		return failure.Wrap(err, failure.ContainerNotAccessible,
			"let SSL_CERT_FILE name a file with the certificate authority's certificate",
			"the certificate of storage account %s does not verify", b.at.Account)
	case noCredential(err):
		return failure.Wrap(err, failure.ContainerNotAccessible,
			b.by.Get(), "%s", b.by.None())
	}
	return failure.Wrap(err, failure.StorageUnavailable, "", "storage account %s does not answer", b.at.Account)
}

func (b *Backend) classifyAnswer(answer *azcore.ResponseError) error {
	cause := brief(answer)
	denied := answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden
	off := clock.AgainstAnswer("the storage", time.Now(), answer.RawResponse)
	has := func(codes ...bloberror.Code) bool { return bloberror.HasCode(answer, codes...) }
	switch {
	case denied && off != nil:
		return failure.New(off.Code, off.Action, "storage account %s refuses it, and %s", b.at.Account, off.Message)
	case denied:
		return failure.Wrap(cause, failure.ContainerNotAccessible, b.grantRole(),
			"%s may not use container %s of storage account %s", b.by, b.at.Container, b.at.Account)
	case has(bloberror.ContainerNotFound, bloberror.ContainerBeingDeleted, bloberror.ContainerDisabled):
		return failure.Wrap(cause, failure.ContainerNotAccessible,
			fmt.Sprintf("az storage container create --auth-mode login --account-name %s --name %s", b.at.Account, b.at.Container),
			"there is no container %s in storage account %s", b.at.Container, b.at.Account)
	case answer.StatusCode == http.StatusNotFound && has(bloberror.ResourceNotFound):
		return failure.Wrap(cause, failure.ContainerNotAccessible, "check the container's URL",
			"there is no storage account or container %s", b.at.URL)
	case answer.StatusCode == http.StatusNotFound:
		return blobstore.ErrNotFound
	case has(bloberror.BlobImmutableDueToPolicy, "BlobImmutableDueToLegalHold"):
		return blobstore.ErrLocked
	case has(bloberror.BlobAlreadyExists):
		return blobstore.ErrExists
	case has(bloberror.BlobArchived, bloberror.BlobBeingRehydrated):
		return blobstore.ErrArchived
	case answer.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		return blobstore.ErrTooShort
	case answer.StatusCode == http.StatusPreconditionFailed:
		return blobstore.ErrChanged
	case passing(answer.StatusCode), has(bloberror.MD5Mismatch): // the content was altered in transit
		return failure.Wrap(cause, failure.StorageUnavailable, "", "storage account %s is not available", b.at.Account)
	}
	return cause
}

// classifySignIn distinguishes a rejected sign-in from an unavailable identity
// service.
func (b *Backend) classifySignIn(signIn *azidentity.AuthenticationFailedError) error {
	if signIn.RawResponse == nil || passing(signIn.RawResponse.StatusCode) {
		return failure.Wrap(signIn, failure.StorageUnavailable, "", "Azure's identity service does not answer")
	}
	if off := clock.AgainstAnswer("Azure's identity service", time.Now(), signIn.RawResponse); off != nil {
		return failure.Wrap(signIn, off.Code, off.Action, "%s is not accepted, and %s", b.by, off.Message)
	}
	return failure.Wrap(signIn, failure.ContainerNotAccessible, b.by.Renew(), "Azure does not accept %s", b.by)
}

// existing is classify for a request that creates a blob. Some requests report
// an existing blob with the code of a failed condition.
func (b *Backend) existing(err error) error {
	err = b.classify(err)
	if errors.Is(err, blobstore.ErrChanged) {
		return blobstore.ErrExists
	}
	return err
}

// grantRole returns the command that grants the identity its role.
func (b *Backend) grantRole() string {
	return b.by.Grant(fmt.Sprintf(`az role assignment create --role "Storage Blob Data Contributor" --assignee %s `+
		`--scope "$(az storage account show --name %s --query id --output tsv)/blobServices/default/containers/%s" `+
		`("Storage Blob Data Reader" is enough to read; a new assignment takes some minutes; the account's firewall must admit %s too)`,
		b.by.Assignee(), b.at.Account, b.at.Container, b.by.Machine()))
}

// passing reports whether another attempt may succeed after a status.
func passing(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= http.StatusInternalServerError
}

// outsideItsTime reports whether a certificate is expired or not yet valid by
// this machine's clock. The certificate may be the storage's or the identity
// service's.
func outsideItsTime(err error) bool {
	_, found := clock.Validity(err, time.Time{})
	return found
}

// untrusted reports whether the error is a rejected certificate.
func untrusted(err error) bool {
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &invalid)
}

// noCredential reports whether the credential has nothing to sign in with. A
// method of azidentity's error is the only sign of that.
func noCredential(err error) bool {
	var final interface{ NonRetriable() }
	return errors.As(err, &final)
}

// answerOf returns the storage's answer in err, or nil if there is none.
func answerOf(err error) *azcore.ResponseError {
	var answer *azcore.ResponseError
	errors.As(err, &answer)
	return answer
}

// brief returns a one-line error for the SDK's long one.
func brief(answer *azcore.ResponseError) error {
	request := ""
	if answer.RawResponse != nil {
		request = answer.RawResponse.Header.Get("x-ms-request-id")
	}
	return fmt.Errorf("%d %s, request %q", answer.StatusCode, answer.ErrorCode, request)
}
