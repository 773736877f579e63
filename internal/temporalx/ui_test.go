package temporalx_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/temporalx"
)

func TestAddressesOfTheUI(t *testing.T) {
	t.Parallel()
	ui, err := temporalx.ParseUI("https://temporal.example.com/ui/")
	require.NoError(t, err)
	require.Equal(t, "https://temporal.example.com/ui/namespaces/default/workflows/backup-run%2Fshop%2Forders/r1", ui.Job("default", "backup-run/shop/orders", "r1"))
	hostile := ui.Job("default", "a) [x](javascript:y) \"'<b>\n#?", "r1")
	require.NotRegexp(t, `[()\s"'<>\[\]#?]`, hostile)
	_, err = url.Parse(hostile)
	require.NoError(t, err)

	none, err := temporalx.ParseUI("")
	require.NoError(t, err)
	require.Empty(t, none.Job("default", "a", "b"))
	for _, wrong := range []string{"temporal.example.com", "javascript:alert(1)", "https://", "https://a:b@c", "https://a/?x=1", "https://a/#x"} {
		_, err := temporalx.ParseUI(wrong)
		require.Equal(t, failure.InvalidConfiguration, failure.CodeOf(err), wrong)
	}
}
