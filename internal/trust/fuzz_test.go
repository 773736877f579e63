package trust_test

import (
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/trust"
)

// Parse returns a trust file or an error, and never panics.
func FuzzParse(f *testing.F) {
	for _, file := range []string{example, "builtin.yaml", "testdata/mistakes.yaml", "testdata/required.yaml", "testdata/several.written"} {
		text, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := trust.Parse(text, "trust.yaml")
		if err != nil {
			require.Equal(t, failure.InvalidConfiguration, failure.CodeOf(err))
			require.Empty(t, file.Hash())
			return
		}
		require.Len(t, file.Hash(), 64)
		_ = file.Server(trust.Destination{Use: trust.Backup, Host: "db1.example.com"})
	})
}

// The builtin file allows only names under Azure's domains that consist of
// letters, digits, hyphens, underscores and dots.
func FuzzHost(f *testing.F) {
	for _, host := range append(hostile, "shop.postgres.database.azure.com", "SHOP.postgres.database.azure.com.") {
		f.Add(host)
	}
	builtin := trust.Builtin()
	listed, err := trust.Parse([]byte(`servers: [{hosts: [db1.example.com, 10.0.0.4], use: [drill]}]`), "trust.yaml")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, host string) {
		if builtin.Server(trust.Destination{Use: trust.Backup, Host: host}) == nil {
			name := strings.ToLower(strings.TrimSuffix(host, "."))
			require.Regexp(t, `^([a-z0-9_-]+\.)+postgres\.database\.(azure\.com|chinacloudapi\.cn|usgovcloudapi\.net)$`, name)
		}
		if listed.Server(trust.Destination{Use: trust.Drill, Host: host}) == nil {
			ip, err := netip.ParseAddr(host)
			require.True(t, strings.EqualFold(strings.TrimSuffix(host, "."), "db1.example.com") || err == nil && ip.Unmap() == netip.MustParseAddr("10.0.0.4"), "%q", host)
		}
	})
}

// An allowed URL leads a client to a container of the account.
func FuzzContainer(f *testing.F) {
	for _, url := range []string{"https://shop.blob.core.windows.net/exports", "https://SHOP.blob.core.windows.net.:443/exports", "https://shop.blob.core.windows.net@evil.example/exports", "https://shop.blob.core.windows.net/..%2fexports"} {
		f.Add(url)
	}
	file, err := trust.Parse([]byte(`containers: ["https://shop.blob.core.windows.net/*"]`), "trust.yaml")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, url string) {
		if file.Container(url) == nil {
			require.Regexp(t, `(?i)^https://shop\.blob\.core\.windows\.net\.?(:0*443)?/[a-z0-9-]+$`, url)
		}
	})
}
