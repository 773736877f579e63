package azure_test

import (
	"context"
	"encoding/base64"
	"errors"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/signin/azure"
)

// issued is a credential with a token in any form.
type issued struct {
	token string
	err   error
}

func (i *issued) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: i.token}, i.err
}

func jwt(claims string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
}

// TestObjectID reads the claim, and shows nothing of a token in another form.
func TestObjectID(t *testing.T) {
	t.Parallel()
	const id = "66666666-7777-8888-9999-000000000000"
	for name, c := range map[string]struct {
		credential issued
		want       string
	}{
		"a token":            {issued{token: jwt(`{"oid": "` + id + `", "sub": "other"}`)}, id},
		"no token":           {issued{err: errors.New("no")}, ""},
		"not a JWT":          {issued{token: "secret"}, ""},
		"no JSON":            {issued{token: "a." + base64.RawURLEncoding.EncodeToString([]byte("secret")) + ".b"}, ""},
		"no claim":           {issued{token: jwt(`{"sub": "x"}`)}, ""},
		"longer than a GUID": {issued{token: jwt(`{"oid": "` + id + id + `"}`)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, azure.NewIdentity(&c.credential).ObjectID(t.Context()))
		})
	}
	// A token that cannot be got now may be got later, and is then not asked for
	// again.
	credential := &issued{err: errors.New("away")}
	identity := azure.NewIdentity(credential)
	require.Empty(t, identity.ObjectID(t.Context()))
	*credential = issued{token: jwt(`{"oid": "` + id + `"}`)}
	require.Equal(t, id, identity.ObjectID(t.Context()))
	*credential = issued{err: errors.New("away")}
	require.Equal(t, id, identity.ObjectID(t.Context()))
}
