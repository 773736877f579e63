package localenv_test

import (
	"net/http"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv"
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

// A ready server answers what every command asks first.
func TestTemporalIsReadyWithItsNamespace(t *testing.T) {
	t.Parallel()
	s, err := localenv.StartTemporal(t.Context(), localenv.TemporalOptions{UI: true})
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.UIURL+"/api/v1/namespaces/default/workflow-count", nil)
	require.NoError(t, err)
	for range 2 {
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode)
		s.Halt()
		require.NoError(t, s.Start(t.Context()))
	}
}
