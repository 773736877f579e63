package vault_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/vault"
)

func TestSafetyNet(t *testing.T) {
	t.Parallel()
	url := localenvtest.Container(t)
	b := open(t, url)
	_, err := b.PutSettings(t.Context(), instance.VaultSettings{Container: url}, "")
	require.NoError(t, err)
	net, err := b.SafetyNet(t.Context())
	require.NoError(t, err)
	require.Equal(t, vault.SafetyNet{}, net, "Azurite has neither")
	settings, err := b.GetSettings(t.Context())
	require.NoError(t, err)
	require.Equal(t, url, settings.Container)

	// An identity that may not look at the account.
	proxy, err := localenv.StartProxy(localenvtest.Azurite(t).URL, localenvtest.CA(t))
	require.NoError(t, err)
	t.Cleanup(proxy.Stop)
	proxy.Forbid(func(r *http.Request) bool { return r.URL.Query().Get("restype") == "service" })
	net, err = open(t, strings.Replace(url, localenvtest.Azurite(t).URL, proxy.URL, 1)).SafetyNet(t.Context())
	require.NoError(t, err)
	require.True(t, net.SoftDeleteUnseen)
}
