package restore_test

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/restore"
)

// A hostile database decides how many statements fail and how long they are. A
// result has to fit into Temporal's 2 MiB.
func TestFindingsAreBounded(t *testing.T) {
	t.Parallel()
	ignored, verdict := restore.ManyFindings(3000, 100<<10)
	require.ErrorContains(t, verdict, "3000 in all")
	require.ErrorContains(t, verdict, "… and 2995 more")
	require.Less(t, len(verdict.Error()), 64<<10)
	require.Len(t, ignored, 201)
	require.Equal(t, "… and 2800 more", ignored[200])
	size := 0
	for _, line := range ignored {
		require.True(t, utf8.ValidString(line))
		size += len(line)
	}
	require.Less(t, size, 512<<10)
}
