package trust_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/trust"
)

// servers has one item for each way to list a host.
const servers = `
servers:
  - {hosts: [db1.example.com, 10.0.0.4, "2001:db8::1"], use: [backup], secrets: ["https://contoso.vault.azure.net/secrets/shop-*"]}
  - {hosts: ["*.postgres.database.azure.com"], use: [backup, restore-own], entra: true}
  - {hosts: [scratch.example.com], use: [restore, drill], secrets: ["https://contoso-restore.vault.azure.net/secrets/scratch"]}
`

func TestServer(t *testing.T) {
	t.Parallel()
	f := parse(t, servers)
	for _, host := range []string{
		"db1.example.com", "DB1.Example.Com", "db1.example.com.", "10.0.0.4", "::ffff:10.0.0.4", "2001:db8::1", "2001:DB8:0:0::1",
		"shop.postgres.database.azure.com", "shop.private.postgres.database.azure.com", "SHOP.POSTGRES.database.azure.com.",
	} {
		require.NoError(t, f.Server(trust.Destination{Use: trust.Backup, Host: host}), host)
		requireRefused(t, f.Server(trust.Destination{Use: trust.Drill, Host: host}), host)
		requireRefused(t, f.Server(trust.Destination{Use: trust.Restore, Host: host, InstanceHost: "other.postgres.database.azure.com"}), host)
		requireRefused(t, f.Server(trust.Destination{Use: "", Host: host}), host)
		requireRefused(t, f.Server(trust.Destination{Use: "restore-own", Host: host, InstanceHost: host}), host)
	}
	for _, use := range []trust.Use{trust.Restore, trust.Drill} {
		require.NoError(t, f.Server(trust.Destination{Use: use, Host: "scratch.example.com"}))
	}
	requireRefused(t, f.Server(trust.Destination{Use: trust.Backup, Host: "scratch.example.com"}))
}

func TestRestoresToTheOwnServer(t *testing.T) {
	t.Parallel()
	f := parse(t, servers)
	const own = "shop.postgres.database.azure.com"
	for _, host := range []string{own, "SHOP.postgres.database.azure.com", own + "."} {
		require.NoError(t, f.Server(trust.Destination{Use: trust.Restore, Host: host, InstanceHost: own}), host)
	}
	for _, instanceHost := range []string{"", "other.postgres.database.azure.com", "shop..postgres.database.azure.com", own + ",evil.example.com"} {
		requireRefused(t, f.Server(trust.Destination{Use: trust.Restore, Host: own, InstanceHost: instanceHost}), instanceHost)
	}
	requireRefused(t, f.Server(trust.Destination{Use: trust.Restore, Host: "db1.example.com", InstanceHost: "db1.example.com"}), "a backup alone")
}

// hostile are texts that resemble a listed host or are not hosts.
var hostile = []string{
	"", ".", "..", "*", "*.example.com", "*.postgres.database.azure.com", "example.com", "db1", "db2.example.com", "xdb1.example.com", "db1.example.com.evil.example",
	"postgres.database.azure.com", ".postgres.database.azure.com", "evilpostgres.database.azure.com", "postgres.database.azure.com.evil.example",
	"a..postgres.database.azure.com", "-.postgres.database.azure.com", "shop.postgres.database.azure.com..", "shop.postgres.database.azure.com:5433",
	"db1.example.com:5432", "db1.example.com,evil.example.com", "evil.example.com,db1.example.com", "db1.example.com evil.example.com",
	"db1.example.com\n", "\tdb1.example.com", "db1.example.com\x00.evil.example", "db1.example.com#", "db1.example.com/", "db1.example.com?x", "u@db1.example.com", `db1.example.com\`,
	"/var/run/postgresql", "@abstract", "./db1.example.com", "file:///db1.example.com", "host=db1.example.com", "postgres://db1.example.com",
	"ｄｂ1.example.com", "db1。example.com", "db1.exаmple.com", "bücher.example", "db1.example.com\u202e", "\u2066db1.example.com", "\x1b[31mdb1.example.com",
	"10.0.0.4.", "10.0.4", "10.4", "167772164", "0xa000004", "0x0a.0.0.4", "0xA000004.", "012.0.0.4", "10.0.0.04", "10.0.0.4:5432", "[10.0.0.4]", "10.0.0.5", "10.0.0.0/8",
	"[2001:db8::1]", "2001:db8::1%eth0", "2001:db8::2", "::10.0.0.4", "64:ff9b::10.0.0.4", "evil.127.1", "0x7f.shop.0x1",
	"10.0.0.4.postgres.database.azure.com:1", "shop.postgres.database.azure.com%00", "shop.postgres.database.azure.co", "shop.postgres.database.azure.comm",
}

func TestHostileHosts(t *testing.T) {
	t.Parallel()
	f := parse(t, servers)
	for _, host := range append(hostile, strings.Repeat("a.", 150)+"postgres.database.azure.com", strings.Repeat("a", 1<<20)) {
		for _, use := range []trust.Use{trust.Backup, trust.Restore, trust.Drill} {
			to := trust.Destination{Use: use, Host: host, InstanceHost: host}
			requireRefused(t, f.Server(to), host)
			requireRefused(t, f.EntraToken(to), host)
			requireRefused(t, f.Password(to, "https://contoso.vault.azure.net/secrets/shop-orders", host), host)
		}
		requireRefused(t, f.Notify(host), host)
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	f := parse(t, servers)
	const bound, unbound, foreign = "https://contoso.vault.azure.net/secrets/shop-orders", "https://contoso.vault.azure.net/secrets/books", "https://evil.vault.azure.net/secrets/shop-orders"
	db1 := trust.Destination{Use: trust.Backup, Host: "db1.example.com"}
	shop := trust.Destination{Use: trust.Backup, Host: "shop.postgres.database.azure.com"}
	scratch := trust.Destination{Use: trust.Restore, Host: "scratch.example.com"}

	for _, url := range []string{bound, "https://CONTOSO.vault.azure.net:443/secrets/Shop-Orders", "https://contoso.vault.azure.net./secrets/shop-", bound + "/"} {
		require.NoError(t, f.Password(db1, url, ""), url)
		require.NoError(t, f.Password(db1, url, "other.example.com"), "the caller compares the two")
		require.True(t, f.Binds(db1, url))
	}
	require.False(t, f.Binds(shop, bound))
	requireRefused(t, f.Password(shop, bound, ""), "bound to another host")
	requireRefused(t, f.Password(scratch, bound, ""), "bound for another use")
	requireRefused(t, f.Password(trust.Destination{Use: trust.Restore, Host: "db1.example.com", InstanceHost: "db1.example.com"}, bound, "db1.example.com"), "the host is listed for another use")

	require.NoError(t, f.Secret(shop, unbound), "its value may name the host")
	require.NoError(t, f.Password(shop, unbound, "Shop.postgres.database.azure.com."))
	for _, named := range append(hostile, "db1.example.com") {
		requireRefused(t, f.Password(shop, unbound, named), named)
	}
	requireRefused(t, f.Secret(shop, foreign), "the Key Vault is not in the file")
	requireRefused(t, f.Password(shop, foreign, shop.Host), "the Key Vault is not in the file")

	require.NoError(t, f.EntraToken(shop))
	requireRefused(t, f.EntraToken(db1))
	requireRefused(t, f.EntraToken(scratch))
	requireRefused(t, f.EntraToken(trust.Destination{Use: trust.Restore, Host: shop.Host, InstanceHost: "b.postgres.database.azure.com"}))
}

// A file that lists no secrets allows Key Vaults of Azure only.
func TestKeyVaults(t *testing.T) {
	t.Parallel()
	to := trust.Destination{Use: trust.Backup, Host: "db1.example.com"}
	f := parse(t, `servers: [{hosts: [db1.example.com], use: [backup]}]`)
	require.NoError(t, f.Secret(to, "https://contoso.vault.azure.net/secrets/shop"))
	require.NoError(t, f.Password(to, "https://contoso.vault.azure.net/secrets/shop", "db1.example.com"))
	requireRefused(t, f.Password(to, "https://contoso.vault.azure.net/secrets/shop", ""))
	for _, url := range []string{
		"", "shop", "http://contoso.vault.azure.net/secrets/shop", "https://vault.azure.net/secrets/shop", "https://contoso.vault.azure.net.evil.example/secrets/shop",
		"https://evilvault.azure.net/secrets/shop", "https://contoso.vault.azure.net:8443/secrets/shop", "https://contoso.vault.azure.net/secrets/*", "https://contoso.vault.azure.net/secrets/",
		"https://contoso.vault.azure.net/secrets/shop//", "https://contoso.vault.azure.net/secrets/shop/1", "https://contoso.vault.azure.net/keys/shop", "https://contoso.vault.azure.net//secrets/shop",
		"https://contoso.vault.azure.net/secrets/../shop", "https://contoso.vault.azure.net/secrets%2fshop", "https://contoso.vault.azure.net/secrets/sh%6fp",
		"https://u:c4n4ry@contoso.vault.azure.net/secrets/shop", "https://evil.example@contoso.vault.azure.net/secrets/shop", `https://evil.example\@contoso.vault.azure.net/secrets/shop`,
		"https://contoso.vault.azure.net/secrets/shop?sig=c4n4ry", "https://contoso.vault.azure.net/secrets/shop#c4n4ry", "https://127.0.0.1:8702/secrets/shop", "https://[::1]/secrets/shop",
		"https://contoso.vault.azure.net:/secrets/shop", "https://contoso.vault.azure.net:0/secrets/shop", "https://contoso.vault.azure.net/secrets/" + strings.Repeat("a", 1<<16),
		"https:contoso.vault.azure.net/secrets/shop", "//contoso.vault.azure.net/secrets/shop", "https:///secrets/shop", "https://vault.azure.net\x00.evil.example/secrets/shop",
	} {
		err := f.Secret(to, url)
		requireRefused(t, err, url)
		require.NotContains(t, err.Error(), "c4n4ry", url)
	}
}

func TestTheZeroFileTrustsNothing(t *testing.T) {
	t.Parallel()
	var f trust.File
	to := trust.Destination{Use: trust.Backup, Host: "localhost", InstanceHost: "localhost"}
	requireRefused(t, f.Server(to))
	requireRefused(t, f.EntraToken(to))
	requireRefused(t, f.Password(to, "https://contoso.vault.azure.net/secrets/shop", "localhost"))
	requireRefused(t, f.Container("https://shop.blob.core.windows.net/exports"))
	requireRefused(t, f.Notify("localhost"))
	requireRefused(t, f.NotifySecret("https://localhost:8702/secrets/oncall"))
	requireRefused(t, f.TLS("verify-ca"))
	requireRefused(t, f.RootCertificate("/etc/ssl/certs/ca-certificates.crt"))
}
