package sample_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/test/localenv/sample"
)

func TestMain(m *testing.M) { localenvtest.Main(m) }

func TestSampleCanBeCreatedAndConfigured(t *testing.T) {
	t.Parallel()
	// The sample's roles have fixed names, so it needs its own cluster.
	cluster, err := localenv.StartPostgres(t.Context(), localenv.PostgresOptions{CA: localenvtest.CA(t)})
	require.NoError(t, err)
	t.Cleanup(cluster.Stop)
	e := &localenv.Env{Postgres: cluster, Scratch: localenvtest.Scratch(t), Azure: localenvtest.Azure(t), VaultURL: "https://127.0.0.1:10000/devstoreaccount1/pgvault"}

	s, err := sample.Create(t.Context(), e)
	require.NoError(t, err)
	file, err := config.Parse([]byte(s.Configuration))
	require.NoError(t, err, s.Configuration)
	require.Equal(t, e.VaultURL, file.Vault.Container)
	require.Len(t, file.Instances, 2)
	for _, i := range file.Instances {
		require.Equal(t, localenv.ScratchHost, i.Drill.Server.Host)
	}
	require.NotContains(t, s.Configuration, "{")
}
