package trust_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/trust"
)

func TestBuiltin(t *testing.T) {
	t.Parallel()
	f := trust.Builtin()
	const own, secret = "shop.postgres.database.azure.com", "https://contoso.vault.azure.net/secrets/shop"
	backup := trust.Destination{Use: trust.Backup, Host: own}
	restore := trust.Destination{Use: trust.Restore, Host: own, InstanceHost: own}
	for _, to := range []trust.Destination{backup, restore, {Use: trust.Backup, Host: "a.postgres.database.chinacloudapi.cn"}, {Use: trust.Backup, Host: "a.postgres.database.usgovcloudapi.net"}} {
		require.NoError(t, f.Server(to))
		require.NoError(t, f.Password(to, secret, to.Host))
		requireRefused(t, f.Password(to, secret, ""), "its secret has to name the host")
		requireRefused(t, f.Password(to, "https://vault.example.com/secrets/shop", to.Host))
		requireRefused(t, f.EntraToken(to))
	}
	requireRefused(t, f.Server(trust.Destination{Use: trust.Restore, Host: own, InstanceHost: "a.postgres.database.azure.com"}))
	requireRefused(t, f.Server(trust.Destination{Use: trust.Drill, Host: own, InstanceHost: own}))
	requireRefused(t, f.Container("https://shop.blob.core.windows.net/exports"))
	requireRefused(t, f.Notify("hooks.example.com"))
	requireRefused(t, f.RootCertificate("/etc/ssl/certs/ca-certificates.crt"))
	requireRefused(t, f.TLS(instance.TLSVerifyCA))
	require.NoError(t, f.TLS(""))
	require.NoError(t, f.VaultID("any"))
	require.Equal(t, "builtin", f.Name())
	require.Len(t, f.Hash(), 64)
	require.Equal(t, 14*24*time.Hour, f.SoftDelete(instance.SoftDelete{Off: true}).Term())
	require.Equal(t, trust.Storage{}, f.Storage())
	require.Equal(t, trust.Signatures{}, f.Signatures())

	lines := requireRefused(t, f.Server(trust.Destination{Use: trust.Backup, Host: "db1.example.com"}))
	require.Equal(t, "servers:\n  - {hosts: [\"db1.example.com\"], use: [backup]}", lines)
	require.ErrorContains(t, f.Notify("hooks.example.com"), "`pgvault trust init`")
}
