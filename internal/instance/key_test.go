package instance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/instance"
)

func TestKeyVaultURL(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"https://contoso-keys.vault.azure.net", "https://contoso-keys.vault.azure.net/", "https://localhost:8702"} {
		require.NoError(t, instance.CheckKeyVaultURL(text), text)
	}
	for _, text := range []string{"", "contoso-keys", "http://contoso-keys.vault.azure.net", "https://contoso-keys.vault.azure.net/keys/a", "https://u:p@contoso-keys.vault.azure.net"} {
		require.ErrorContains(t, instance.CheckKeyVaultURL(text), "https://VAULT.vault.azure.net", text)
	}
}

func TestKeyURL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][3]string{
		"https://contoso-keys.vault.azure.net/keys/manifest":       {"https://contoso-keys.vault.azure.net", "manifest", ""},
		"https://contoso-keys.vault.azure.net/keys/manifest/":      {"https://contoso-keys.vault.azure.net", "manifest", ""},
		"https://contoso-keys.vault.azure.net/keys/manifest/3f2a":  {"https://contoso-keys.vault.azure.net", "manifest", "3f2a"},
		"https://contoso-keys.vault.azure.net/keys/manifest/3f2a/": {"https://contoso-keys.vault.azure.net", "manifest", "3f2a"},
	} {
		vault, name, version, err := instance.ParseKeyURL(text)
		require.NoError(t, err, text)
		require.Equal(t, want, [3]string{vault, name, version}, text)
	}
	for _, text := range []string{
		"", "manifest", "https://contoso.vault.azure.net", "https://contoso.vault.azure.net/keys", "https://contoso.vault.azure.net/keys/",
		"https://contoso.vault.azure.net/secrets/a", "https://contoso.vault.azure.net/keys/a/b/c", "https://contoso.vault.azure.net/keys/a_b",
		"https://contoso.vault.azure.net/keys/a/b_c", "https://contoso.vault.azure.net/keys//b", "http://contoso.vault.azure.net/keys/a", "https://contoso.vault.azure.net/keys/a?x=y",
	} {
		_, _, _, err := instance.ParseKeyURL(text)
		require.ErrorContains(t, err, "https://VAULT.vault.azure.net/keys/NAME", text)
	}
}
