package localenv_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/localenv"
)

func TestTemporalHaltAndStartKeepsItsState(t *testing.T) {
	t.Parallel()
	s, err := localenv.StartTemporal(t.Context(), localenv.TemporalOptions{})
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	cli := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), s.Binary, append(args, "--address", s.Address)...)
		cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		return string(out)
	}
	cli("workflow", "start", "--workflow-id", "kept", "--type", "Nothing", "--task-queue", "nobody")
	s.Halt()
	require.NoError(t, s.Start(t.Context()))
	require.Contains(t, cli("workflow", "describe", "--workflow-id", "kept"), "Nothing")
}
