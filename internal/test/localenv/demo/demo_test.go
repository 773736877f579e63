package demo_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/demo"
	"github.com/pgvault/pgvault/internal/test/localenv/dev"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/test/localenv/sample"
)

func TestMain(m *testing.M) { localenvtest.Main(m) }

// A copy by template has every row, but not the database's comment, settings
// and privileges, which the demo must notice.
func TestDemoNoticesWhatIsMissing(t *testing.T) {
	t.Parallel()
	cluster, err := localenv.StartPostgres(t.Context(), localenv.PostgresOptions{CA: localenvtest.CA(t)})
	require.NoError(t, err)
	t.Cleanup(cluster.Stop)
	env := &localenv.Env{Postgres: cluster, Azure: localenvtest.Azure(t), VaultURL: "https://127.0.0.1:10000/devstoreaccount1/pgvault"}
	_, err = sample.Create(t.Context(), env)
	require.NoError(t, err)

	uri := cluster.URI("orders", cluster.Superuser, cluster.Password).Reveal() + "&sslrootcert=" + localenvtest.CA(t).CertificateFile()
	binDir := t.TempDir()
	script := "#!/bin/sh\n[ \"$1\" != restore ] || exec \"$PGVAULT_DEV_POSTGRES_BIN/psql\" -qd \"$PGVAULT_DEV_POSTGRES\" -c '\\c postgres' -c 'CREATE DATABASE orders_restored TEMPLATE orders'\n"
	require.NoError(t, os.WriteFile(filepath.Join(binDir, "pgvault"), []byte(script), 0o755))
	dir := dev.Dir(t.TempDir())
	variables := "export PGVAULT_DEV_POSTGRES='" + uri + "'\nexport PGVAULT_DEV_POSTGRES_BIN='" + cluster.BinDir + "'\n"
	require.NoError(t, os.WriteFile(dir.EnvFile(), []byte(variables), 0o600))

	var out bytes.Buffer
	require.ErrorContains(t, demo.Run(t.Context(), &out, dir, binDir), "differs")
	require.Equal(t, 1, strings.Count(out.String(), "DIFFERENT"), out.String())
	require.Regexp(t, `DIFFERENT +the database's own settings`, out.String())
	require.Regexp(t, `same +"Order desk"\.lines +450000 rows`, out.String())
	require.Regexp(t, `same +large objects +1 rows`, out.String())
}
