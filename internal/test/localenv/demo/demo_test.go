package demo_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/demo"
	"github.com/pgvault/pgvault/internal/test/localenv/dev"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestMain(m *testing.M) { localenvtest.Main(m) }

// The demo itself is run by `make demo`.
func TestDemoFailsWithItsCommands(t *testing.T) {
	t.Parallel()
	cluster, err := localenv.StartPostgres(t.Context(), localenv.PostgresOptions{CA: localenvtest.CA(t)})
	require.NoError(t, err)
	t.Cleanup(cluster.Stop)
	uri := cluster.URI("postgres", cluster.Superuser, cluster.Password).Reveal() + "&sslrootcert=" + localenvtest.CA(t).CertificateFile()
	dir := dev.Dir(t.TempDir())
	require.NoError(t, os.WriteFile(dir.EnvFile(), []byte("export PGVAULT_DEV_POSTGRES='"+uri+"'\n"), 0o600))

	for _, command := range []string{"apply", "backup", "restore", "drill", "proof"} {
		binDir := t.TempDir()
		script := "#!/bin/sh\n[ \"$1\" != " + command + " ]\n"
		require.NoError(t, os.WriteFile(filepath.Join(binDir, "pgvault"), []byte(script), 0o755))
		var out bytes.Buffer
		require.ErrorContains(t, demo.Run(t.Context(), &out, dir, binDir), "pgvault "+command)
	}
}
