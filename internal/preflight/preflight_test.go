package preflight_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/preflight"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestMain(m *testing.M) { localenvtest.Main(m) }

func TestAPoolerIsNoted(t *testing.T) {
	t.Parallel()
	tools, err := pgtools.Discover(t.Context(), nil)
	require.NoError(t, err)
	container, err := azureblob.Open(localenvtest.Container(t), localenvtest.Azurite(t).Credential(), azureblob.Options{})
	require.NoError(t, err)
	for name, port := range map[string]int{"server": localenvtest.Postgres(t).Port, "pooler": localenvtest.Pooler(t, math.MaxInt64)} {
		p := *localenvtest.Postgres(t)
		p.Port = port
		c := preflight.Checker{Source: signintest.Given{Secret: p.URI("postgres", p.Superuser, p.Password)}, Container: container, Tools: tools, MemoryBudget: 72 << 20}
		report := c.Check(t.Context(), instance.Instance{
			Name: "shop/orders", Database: "postgres", Dump: instance.DumpSettings{Connections: 4},
			Server: instance.Server{Host: p.Host, Port: p.Port, TLS: instance.TLS{Mode: instance.TLSVerifyFull}},
			SignIn: instance.SignIn{KeyVaultSecret: "https://vault.example/secrets/administrator"},
		}, "shop/orders/")
		require.Empty(t, report.Findings)
		require.Equal(t, name == "pooler", strings.Contains(strings.Join(report.Notes, "\n"), "pooler"), "%s: %v", name, report.Notes)
	}
}
