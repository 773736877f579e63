package trust_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNotify(t *testing.T) {
	t.Parallel()
	f := parse(t, `notify: [hooks.example.com, "*.webhook.office.com"]`)
	for _, host := range []string{"hooks.example.com", "HOOKS.example.com.", "contoso.webhook.office.com"} {
		require.NoError(t, f.Notify(host), host)
	}
	for _, host := range []string{"evil.example.com", "webhook.office.com", "hooks.example.com:443", "https://hooks.example.com"} {
		requireRefused(t, f.Notify(host), host)
	}
}

// A token for Key Vault goes to Azure's Key Vaults only, or to those that the file
// lists.
func TestNotifySecret(t *testing.T) {
	t.Parallel()
	const azure, own = "https://contoso.vault.azure.net/secrets/oncall", "https://localhost:8702/secrets/oncall"
	f := parse(t, "vaultID: own")
	require.NoError(t, f.NotifySecret(azure))
	requireRefused(t, f.NotifySecret(own))

	f = parse(t, `notifySecrets: ["https://localhost:8702/secrets/on*"]`)
	require.NoError(t, f.NotifySecret(own))
	for _, url := range []string{
		azure, "https://localhost:8702/secrets/shop", "https://localhost:8702/secrets/oncall/1", "http://localhost:8702/secrets/oncall",
		"https://localhost:8702/secrets/oncall?sig=c4n4ry", "https://hooks.example.com/c4n4ry", "",
	} {
		err := f.NotifySecret(url)
		requireRefused(t, err, url)
		require.NotContains(t, err.Error(), "c4n4ry", url)
	}
}
