package events_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/temporalx/events"
)

// The page lists the events of the code, each with its level and fields.
func TestThePageListsTheEvents(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../docs/OPERATIONS.md")
	require.NoError(t, err)
	_, listed, found := strings.Cut(string(text), "| event | level | fields | |\n| --- | --- | --- | --- |\n")
	require.True(t, found)
	listed, _, _ = strings.Cut(listed, "\n\n")
	var want strings.Builder
	for _, e := range events.All() {
		fields := "`" + strings.Join(e.Fields, "`, `") + "`"
		if len(e.Fields) == 0 {
			fields = ""
		}
		fmt.Fprintf(&want, "| `%s` | %s | %s | %s |\n", e.Name, e.Level, fields, e.Means)
	}
	require.Equal(t, want.String(), listed+"\n")
}

func TestEachEventHasANameOfItsOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, e := range events.All() {
		require.False(t, seen[e.Name], e.Name)
		seen[e.Name] = true
		found, ok := events.Named(e.Name)
		require.True(t, ok)
		require.Equal(t, e, found)
	}
	_, ok := events.Named("nothing of the kind")
	require.False(t, ok)
}
