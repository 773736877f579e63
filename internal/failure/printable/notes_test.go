package printable_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure/printable"
)

func TestNotesAreBounded(t *testing.T) {
	t.Parallel()
	var n printable.Notes
	require.Empty(t, n.Lines())
	n.Add("first", strings.Repeat("x", 5000))
	require.Len(t, n.Lines(), 2)
	require.LessOrEqual(t, len(n.Lines()[1]), 1000+len("…"))
	for i := range 1000 {
		n.Add(fmt.Sprint(i))
	}
	lines := n.Lines()
	require.Len(t, lines, 201)
	require.Equal(t, "first", lines[0])
	require.Equal(t, "… and 802 more", lines[200])
	require.Equal(t, lines, n.Lines())
}
