package cli_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	for _, arg := range []string{"version", "--version"} {
		var c command
		require.Zero(t, c.run(t.Context(), arg))
		require.Equal(t, "pgvault v1.2.0 (commit 14979e35d52a, go1.26.8)\n", c.out.String())
		require.Empty(t, c.errs.String())
	}
}
