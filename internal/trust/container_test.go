package trust_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestContainer(t *testing.T) {
	t.Parallel()
	f := parse(t, `
containers:
  - https://contosoexports.blob.core.windows.net/*
  - https://shop.blob.core.windows.net/exports
  - https://shop.blob.core.windows.net/daily-*
  - https://127.0.0.1:10000/devstoreaccount1/exports
  - https://devstoreaccount1.blob.localhost:10000/exports
`)
	for _, url := range []string{
		"https://contosoexports.blob.core.windows.net/anything", "https://shop.blob.core.windows.net/exports", "https://SHOP.blob.core.windows.net:443/exports",
		"https://shop.blob.core.windows.net./exports", "HTTPS://shop.blob.core.windows.net/exports", "https://shop.blob.core.windows.net/daily-2026",
		"https://127.0.0.1:10000/devstoreaccount1/exports", "https://[::ffff:127.0.0.1]:10000/devstoreaccount1/exports", "https://devstoreaccount1.blob.localhost:10000/exports",
	} {
		require.NoError(t, f.Container(url), url)
	}
	for _, url := range []string{
		"", "exports", "https://evil.blob.core.windows.net/exports", "https://shop.blob.core.windows.net/backups", "https://shop.blob.core.windows.net/exports2", "https://shop.blob.core.windows.net/daily",
		"https://shop.blob.core.windows.net", "https://shop.blob.core.windows.net/", "https://shop.blob.core.windows.net/exports/", "https://shop.blob.core.windows.net//exports",
		"https://shop.blob.core.windows.net/exports/../backups", "https://shop.blob.core.windows.net/../exports", "https://shop.blob.core.windows.net/./exports",
		"https://shop.blob.core.windows.net/exports/%2e%2e/backups", "https://shop.blob.core.windows.net/%65xports", "https://shop.blob.core.windows.net/exports%2f", `https://shop.blob.core.windows.net/..\exports`,
		"https://shop.blob.core.windows.net/EXPORTS", "https://shop.blob.core.windows.net/daily-*", "https://shop.blob.core.windows.net/daily--x", "https://shop.blob.core.windows.net/$root",
		"https://u:c4n4ry@shop.blob.core.windows.net/exports", "https://shop.blob.core.windows.net@evil.example/exports", "https://shop.blob.core.windows.net/exports?sig=c4n4ry",
		"https://shop.blob.core.windows.net/exports?", "https://shop.blob.core.windows.net/exports#c4n4ry", "https://shop.blob.core.windows.net:8443/exports", "https://shop.blob.core.windows.net:/exports",
		"http://shop.blob.core.windows.net/exports", "https://shop.blob.core.windows.net.evil.example/exports", "https://shopblob.core.windows.net/exports", "https://blob.core.windows.net/exports",
		"https://shop-secondary.blob.core.windows.net/exports", "https://10.0.0.4/shop/exports", "https://evil.example/exports", "https://evil.example/shop/exports",
		"https://127.0.0.1:10001/devstoreaccount1/exports", "https://127.0.0.1/devstoreaccount1/exports", "https://127.0.0.2:10000/devstoreaccount1/exports", "https://127.0.0.1:10000/exports",
		"https://127.0.0.1:10000/other/exports", "https://127.0.0.1:10000/devstoreaccount1/x/exports", "https://127.1:10000/devstoreaccount1/exports", "https://localhost:10000/devstoreaccount1/exports",
		"https://shop.blob.core.windows.net/exp\x00orts", "https://shop.blob.core.windows.net/" + strings.Repeat("e", 1<<16), "https://ѕhop.blob.core.windows.net/exports",
	} {
		err := f.Container(url)
		requireRefused(t, err, url)
		require.NotContains(t, err.Error(), "c4n4ry", url)
	}
}
