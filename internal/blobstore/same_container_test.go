package blobstore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
)

func TestSameContainer(t *testing.T) {
	t.Parallel()
	const azure, address = "https://shop.blob.core.windows.net/backups", "https://127.0.0.1:10000/shop/backups"
	for url, want := range map[string]map[string]bool{
		azure: {
			azure: true,
			"https://SHOP.Blob.core.windows.net/backups":             true,
			"https://shop.blob.core.windows.net:443/backups":         true,
			"https://shop.blob.core.windows.net/backups/":            true,
			"https://shop.blob.core.windows.net./backups":            true,
			"https://shop.blob.core.windows.net/%62ackups":           true,
			"https://shop-secondary.blob.core.windows.net/backups":   true,
			"https://shop.privatelink.blob.core.windows.net/backups": true,
			"https://shop.dfs.core.windows.net/backups":              true,
			"https://10.0.0.4/shop/backups":                          true,
			"https://shop.blob.core.windows.net:8443/backups":        false,
			"https://shop.blob.core.windows.net/backups2":            false,
			"https://shop2.blob.core.windows.net/backups":            false,
			"https://shop.blob.core.usgovcloudapi.net/backups":       false,
			"https://10.0.0.4/shop2/backups":                         false,
			"https://shop.blob.core.windows.net":                     false,
			"https://shop.blob.core.windows.net/backups/instances/":  false,
			"https://shop.blob.core.windows.net/\x7f":                false,
			"https://backups.example.com/backups":                    false,
		},
		address: {
			address:                                          true,
			"https://[::1]:10000/shop/backups":               true,
			"https://127.0.0.1:10000/shop/backups/":          true,
			"https://127.0.0.1:10000/shop-secondary/backups": true,
			"https://shop.blob.localhost:10000/backups":      true,
			"https://127.0.0.1:10001/shop/backups":           false,
			"https://10.0.0.4:10000/shop/backups":            false,
			"https://127.0.0.1:10000/shop/others":            false,
		},
	} {
		for other, same := range want {
			require.Equal(t, same, blobstore.SameContainer(url, other), "%s and %s", url, other)
			require.Equal(t, same, blobstore.SameContainer(other, url), "%s and %s", other, url)
		}
	}
	require.False(t, blobstore.SameContainer("", ""))
}
