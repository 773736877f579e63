package preflight_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/azure"
	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/pgtools"
	"github.com/pgvault/pgvault/internal/preflight"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/signin"
)

func TestMain(m *testing.M) { localenvtest.Main(m) }

// superuser signs in as the shared server's administrator.
type superuser struct{ uri secret.String }

var _ signin.Source = superuser{}

func (s superuser) Newest(_ context.Context, url string) (azure.Secret, error) {
	return azure.Secret{Value: s.uri, Version: "1", URL: url}, nil
}

func (s superuser) PostgresToken(context.Context) (secret.String, error) { return secret.String{}, nil }

func TestAPoolerIsNoted(t *testing.T) {
	t.Parallel()
	tools, err := pgtools.Discover(t.Context(), nil)
	require.NoError(t, err)
	container, err := blobstore.Open(localenvtest.Container(t), localenvtest.Azurite(t).Credential(), blobstore.Options{})
	require.NoError(t, err)
	for name, port := range map[string]int{"server": localenvtest.Postgres(t).Port, "pooler": localenvtest.Pooler(t, math.MaxInt64)} {
		p := *localenvtest.Postgres(t)
		p.Port = port
		c := preflight.Checker{Source: superuser{p.URI("postgres", p.Superuser, p.Password)}, Container: container, Tools: tools, MemoryBudget: 72 << 20}
		report := c.Check(t.Context(), config.Instance{
			Name: "shop/orders", Database: "postgres", Dump: config.DumpSettings{Connections: 4},
			Server: config.Server{Host: p.Host, Port: p.Port, TLS: config.TLS{Mode: config.TLSVerifyFull}},
			SignIn: config.SignIn{KeyVaultSecret: "https://vault.example/secrets/administrator"},
		}, "shop/orders/")
		require.Empty(t, report.Findings)
		require.Equal(t, name == "pooler", strings.Contains(strings.Join(report.Notes, "\n"), "pooler"), "%s: %v", name, report.Notes)
	}
}
