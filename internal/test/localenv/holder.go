package localenv

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// CredentialOf returns tokens for storage of a principal, by its object ID, without
// asking the endpoint.
func (i *Identity) CredentialOf(object string) azcore.TokenCredential {
	return principal{i.signer, object}
}

type principal struct {
	signer *signer
	object string
}

// GetToken implements [azcore.TokenCredential].
func (p principal) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	expires := time.Now().Add(time.Hour)
	return azcore.AccessToken{Token: p.signer.signFor(p.object, storageAudience, expires), ExpiresOn: expires}, nil
}

// Holder returns the object ID of the principal whose token for storage a request has.
// The token must be one of the identity's.
func (i *Identity) Holder(r *http.Request) (object string, err error) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	return i.signer.holder(token, time.Now(), storageAudience)
}
