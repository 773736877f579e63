package e2e_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestProgramsPrintTheirVersion(t *testing.T) {
	t.Parallel()
	for _, line := range [][]string{{"pgvault", "version"}, {"pgvault", "--version"}, {"pgvault-worker", "--version"}} {
		out, err := exec.CommandContext(t.Context(), filepath.Join(bin, line[0]), line[1:]...).Output()
		require.NoError(t, err, "%s", line)
		require.Regexp(t, `^`+line[0]+` \S+ \(commit (unknown|[0-9a-f]{40}), `+regexp.QuoteMeta(runtime.Version())+`\)\n$`, string(out), "%s", line)
	}
}
