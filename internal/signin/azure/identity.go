package azure

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// storageScope is the audience of tokens for Azure Storage.
const storageScope = "https://storage.azure.com/.default"

// Identity is the identity that a credential stands for. It is safe for concurrent
// use.
type Identity struct {
	credential azcore.TokenCredential
	mu         sync.Mutex
	objectID   string
}

// NewIdentity returns the identity of a credential.
func NewIdentity(credential azcore.TokenCredential) *Identity {
	return &Identity{credential: credential}
}

// ObjectID returns the Microsoft Entra object ID, from a token for the storage that
// the credential keeps anyway. It returns "" if there is no token, or one in another
// form: Microsoft promises no form of its tokens. The signature is not checked, since
// the token comes from the credential itself.
func (i *Identity) ObjectID(ctx context.Context) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.objectID != "" {
		return i.objectID
	}
	token, err := i.credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{storageScope}})
	if err != nil {
		return ""
	}
	i.objectID = objectIDOf(token.Token)
	return i.objectID
}

// objectIDOf returns the claim "oid" of a JSON Web Token.
func objectIDOf(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var claims struct {
		ObjectID string `json:"oid"`
	}
	if json.Unmarshal(payload, &claims) != nil || len(claims.ObjectID) > maxObjectID {
		return ""
	}
	return claims.ObjectID
}

// maxObjectID is the length of a GUID.
const maxObjectID = 36
