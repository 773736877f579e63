package e2e_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWorkersWithDifferentTrustFilesAreNoticed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	i := w.protected(t, "SELECT 1")
	w.startWorker(t)
	w.ok(t, "validate", i.Name)
	other := w.env.NewTrustFile()
	other.SoftDeleteDays = 20
	path := filepath.Join(w.dir, "other.yaml")
	require.NoError(t, other.Write(path))
	w.startWorker(t, "PGVAULT_TRUST="+path)
	eventually(t, func() bool { return w.pgvault(t, "validate", i.Name).Code == 1 }, "nobody notices")
	w.failing(t, "UserErrorTrustFilesDiffer", "validate", i.Name)
}

func TestAWorkerWithoutATrustFileDoesNotStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.beginWorker(t, "PGVAULT_TRUST=")
	<-p.done
	require.NotZero(t, p.cmd.ProcessState.ExitCode())
	require.Contains(t, string(p.output.Bytes()), "PGVAULT_TRUST is not set")
	require.Contains(t, string(p.output.Bytes()), "pgvault trust init")
}
