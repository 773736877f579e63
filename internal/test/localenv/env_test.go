package localenv_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv"
)

func TestEnvStartsEveryPart(t *testing.T) {
	t.Parallel()
	e, err := localenv.Start(t.Context(), localenv.Options{Dir: t.TempDir(), Log: t.Output(), Familiar: true})
	require.NoError(t, err)
	t.Cleanup(e.Stop)
	vars := e.Vars()
	for _, name := range []string{"IDENTITY_ENDPOINT", "IDENTITY_HEADER", "SSL_CERT_FILE", "TEMPORAL_ADDRESS", "PGVAULT_VAULT"} {
		require.NotEmpty(t, vars[name], name)
	}
	require.NoError(t, e.Postgres.Exec(t.Context(), "postgres", "SELECT 1"))
	require.NotEmpty(t, e.Temporal.UIURL)
}
