package bench_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/bench"
)

func TestFloorHasAsManyPartsAsConnections(t *testing.T) {
	t.Parallel()
	require.Equal(t, []bench.Part{{"a", 0, 2}, {"a", 1, 2}, {"b", 0, 2}, {"b", 1, 2}}, bench.Parts([]string{"a", "b"}, 4))
	require.Equal(t, []bench.Part{{"a", 0, 3}, {"a", 1, 3}, {"a", 2, 3}}, bench.Parts([]string{"a"}, 3))
	require.Equal(t, []bench.Part{{"a", 0, 1}, {"b", 0, 1}}, bench.Parts([]string{"a", "b"}, 1), "no table is left out")
}
