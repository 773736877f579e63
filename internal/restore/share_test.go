package restore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/restore"
)

func TestTablesAreDividedAsMuchAsConnectionsNeed(t *testing.T) {
	t.Parallel()
	tens := func(n int) (pieces []int64) {
		for range n {
			pieces = append(pieces, 10)
		}
		return pieces
	}
	for _, c := range []struct {
		what        string
		connections int
		tables      [][]int64
		want        [][]int64
	}{
		{"two tables for two", 2, [][]int64{tens(10), tens(10)}, [][]int64{{100}, {100}}},
		{"one table for one", 1, [][]int64{tens(10)}, [][]int64{{100}}},
		{"one table for two", 2, [][]int64{tens(16)}, [][]int64{{20, 20, 20, 20, 20, 20, 20, 20}}},
		{"a large one and small ones", 2, [][]int64{tens(16), tens(2), tens(2)}, [][]int64{{20, 20, 20, 20, 20, 20, 20, 20}, {20}, {20}}},
		{"pieces as they are, where there are few", 4, [][]int64{tens(4)}, [][]int64{tens(4)}},
	} {
		require.Equal(t, c.want, restore.SharedLengths(c.tables, c.connections), c.what)
	}
}
