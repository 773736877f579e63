package main

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNeitherTheWorkerNorItsChildrenDumpCore(t *testing.T) {
	t.Parallel()
	require.NoError(t, disableCoreDumps())
	out, err := exec.CommandContext(t.Context(), "sh", "-c", "ulimit -S -c; ulimit -H -c").Output()
	require.NoError(t, err)
	require.Equal(t, "0\n0\n", string(out))
}
