package trust_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/trust"
)

func TestWarnings(t *testing.T) {
	t.Parallel()
	warnings := func(text string) []string {
		f, err := trust.Parse([]byte(text), "trust.yaml")
		require.NoError(t, err)
		return f.Warnings()
	}
	require.Empty(t, trust.Builtin().Warnings(), "no token, and no secret but one that names its server")
	require.Empty(t, warnings(`servers: [{hosts: [db1.postgres.database.azure.com], use: [backup], entra: true}]`))
	require.Empty(t, warnings(`servers: [{hosts: ["*.db.example.com"], use: [backup], entra: true}]`))
	found := warnings(`servers: [{hosts: ["*.postgres.database.azure.com"], use: [backup], entra: true, secrets: ["https://v.vault.azure.net/secrets/*"]}]`)
	require.Len(t, found, 2)
	require.Contains(t, found[0], "a Microsoft Entra token may be sent to the server of any customer of Azure")
	require.Contains(t, found[1], "a password may be sent")

	const keys = `signatures: {manifests: [{id: a/1, publicKey: a.pem, from: 2026-01-01}]}`
	require.Empty(t, warnings("vaultID: 5d0c7e1b\n"+keys))
	found = warnings(keys)
	require.Len(t, found, 1)
	require.Contains(t, found[0], "add the vaultID")
}
