package trust_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/trust"
)

// The written file allows each instance its own server and no other instance's.
func TestWrite(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/pgvault.example.yaml")
	require.NoError(t, err)
	parsed, err := config.Parse(text)
	require.NoError(t, err)
	requireWritten(t, "testdata/example.written", "5d0c7e1b", parsed.Vault, parsed.Instances)

	keyVault := func(name string) instance.SignIn {
		return instance.SignIn{KeyVaultSecret: "https://localhost:8702/secrets/" + name}
	}
	requireWritten(t, "testdata/several.written", "",
		instance.VaultSettings{SoftDelete: instance.SoftDelete{Off: true}, Immutability: instance.Locked},
		[]instance.Instance{
			{Name: "a", Server: instance.Server{Host: "DB1.example.com."}, SignIn: keyVault("A")},
			{Name: "b", Server: instance.Server{Host: "db1.example.com", TLS: instance.TLS{RootCertificate: "/etc/pgvault/roots/one/ca.pem"}}, SignIn: keyVault("b")},
			{Name: "c", Server: instance.Server{Host: "::1", TLS: instance.TLS{Mode: "verify-ca", RootCertificate: "/etc/pgvault/roots/two/ca.pem"}}, SignIn: keyVault("a")},
			{Name: "d", Server: instance.Server{Host: "db2"}, SignIn: instance.SignIn{Entra: &instance.Entra{User: "u"}}, Policy: policy.Policy{
				Rules: []policy.Rule{{Lifecycle: policy.Lifecycle{Standard: policy.Duration{Months: 30}, Archive: policy.Duration{Years: 10}}}},
			}},
		})
	requireWritten(t, "testdata/none.written", "", instance.VaultSettings{SoftDelete: instance.SoftDelete{Days: 30}}, nil)
}

func requireWritten(t *testing.T, file, id string, vault instance.VaultSettings, instances []instance.Instance) {
	t.Helper()
	text, err := trust.Write(id, vault, instances)
	require.NoError(t, err)
	golden(t, file, string(text))
	f := parse(t, string(text))
	require.NoError(t, f.VaultID(id))
	require.Equal(t, vault.SoftDelete.Term(), f.SoftDelete(vault.SoftDelete).Term())
	require.Equal(t, vault.Immutability, f.Immutability(vault.Immutability))
	for _, n := range vault.Notifications {
		require.NoError(t, f.NotifySecret(n.URL))
		requireRefused(t, f.NotifySecret(n.URL+"-other"))
	}
	for _, i := range instances {
		backup := trust.Destination{Use: trust.Backup, Host: i.Server.Host}
		require.NoError(t, f.TLS(i.Server.TLS.Mode))
		require.NoError(t, f.Server(trust.Destination{Use: trust.Restore, Host: i.Server.Host, InstanceHost: i.Server.Host}))
		requireRefused(t, f.Server(trust.Destination{Use: trust.Restore, Host: i.Server.Host, InstanceHost: "other"}))
		if i.SignIn.Entra != nil {
			require.NoError(t, f.EntraToken(backup))
			continue
		}
		require.NoError(t, f.Password(backup, i.SignIn.KeyVaultSecret, ""))
		require.True(t, f.Binds(backup, i.SignIn.KeyVaultSecret))
		requireRefused(t, f.Password(backup, i.SignIn.KeyVaultSecret+"-other", ""))
	}
}

func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	with := func(certificate string) instance.Instance {
		return instance.Instance{Name: "a", Server: instance.Server{Host: "a", TLS: instance.TLS{RootCertificate: certificate}}, SignIn: instance.SignIn{Entra: &instance.Entra{User: "u"}}}
	}
	for says, instances := range map[string][]instance.Instance{
		"instance a: \"a,b\" is not": {{Name: "a", Server: instance.Server{Host: "a,b"}}},
		"instance a: the secret's":   {{Name: "a", Server: instance.Server{Host: "a"}}},
		"in the root of the file":    {with("/ca.pem")},
		"or in another folder":       {with("/etc/ca.pem"), with("/opt/ca.pem")},
		"unknown TLS mode":           {{Name: "a", Server: instance.Server{Host: "a", TLS: instance.TLS{Mode: "on"}}, SignIn: instance.SignIn{Entra: &instance.Entra{User: "u"}}}},
	} {
		_, err := trust.Write("", instance.VaultSettings{}, instances)
		require.Equal(t, failure.InvalidConfiguration, failure.CodeOf(err), says)
		require.ErrorContains(t, err, says)
	}
	_, err := trust.Write("5d0c\n", instance.VaultSettings{}, nil)
	require.ErrorContains(t, err, "not a vault's ID")
}

func TestInstance(t *testing.T) {
	t.Parallel()
	i := instance.Instance{Name: "shop/orders", Server: instance.Server{Host: "db1.example.com", TLS: instance.TLS{Mode: "require", RootCertificate: "/etc/ca.pem"}}, SignIn: instance.SignIn{KeyVaultSecret: "https://contoso.vault.azure.net/secrets/a"}}
	findings := trust.Builtin().Instance(i)
	require.Len(t, findings, 3)
	for _, f := range findings {
		require.Equal(t, failure.NotTrusted, f.Code)
		require.Equal(t, []string{"shop/orders"}, f.Objects)
		require.NotEmpty(t, f.Action)
	}
	require.Contains(t, findings[0].Action, `secrets: ["https://contoso.vault.azure.net/secrets/a"]`)
	i.Server, i.SignIn = instance.Server{Host: "shop.postgres.database.azure.com"}, instance.SignIn{Entra: &instance.Entra{User: "u"}}
	require.Len(t, trust.Builtin().Instance(i), 1, "the token")
	i.SignIn = instance.SignIn{KeyVaultSecret: "https://contoso.vault.azure.net/secrets/a"}
	require.Empty(t, trust.Builtin().Instance(i))
}
