package pgtools_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/secret"
)

// The texts in a child's standard error are of the server and of the database. It
// measures the memory of the process, and so runs alone.
func TestAFloodOfStandardErrorIsBounded(t *testing.T) {
	script := filepath.Join(t.TempDir(), "pg_restore")
	require.NoError(t, os.WriteFile(script, []byte(`#!/bin/sh
printf 'pg_restore: error: could not execute query: ERROR:  ' >&2
head -c 60000000 /dev/zero | tr '\0' 'x' >&2
echo >&2
yes 'pg_restore: error: could not execute query: ERROR:  again' | head -n 50000 >&2
exit 1
`), 0o755))
	require.NoError(t, os.WriteFile("/proc/self/clear_refs", []byte("5"), 0))
	before := peak(t)
	var log pgtools.RestoreLog
	child, err := pgtools.Start(t.Context(), pgtools.Command{
		Path: script, Target: postgres.Target{Host: "localhost", Port: 5432, TLS: postgres.TLS{Mode: postgres.Disable}, Password: fixed(secret.New("p"))},
		Stderr: &log,
	})
	require.NoError(t, err)
	_, err = child.Wait()
	require.Error(t, err)
	require.Less(t, len(err.Error()), 32<<10)
	harmless, harmful, _ := log.Outcome(err)
	require.LessOrEqual(t, len(harmless)+len(harmful), 1000)
	require.Less(t, peak(t)-before, int64(30<<20))
}

// peak returns the most memory that the process has had since its mark was
// cleared, in bytes.
func peak(t *testing.T) (bytes int64) {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(status), "VmHWM:")
	require.True(t, ok)
	_, err = fmt.Sscanf(rest, "%d kB", &bytes)
	require.NoError(t, err)
	return bytes << 10
}
