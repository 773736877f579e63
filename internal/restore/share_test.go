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
		{"one that compresses well beside one that does not", 2, [][]int64{{1, 1, 1, 1, 1, 1, 1, 1}, {90, 90, 90, 90, 90, 90, 90, 90}}, [][]int64{{8}, {720}}},
		{"pieces as they are, where there are few", 4, [][]int64{tens(4)}, [][]int64{tens(4)}},
	} {
		require.Equal(t, c.want, restore.SharedLengths(c.tables, c.connections), c.what)
	}
}

func TestConnectionsKeepToTablesOfTheirOwn(t *testing.T) {
	t.Parallel()
	require.Equal(t, []int{0, 1, 0, 1, 0, 1, 0, 0}, restore.Handed([][]int64{{9, 9, 9, 9, 9}, {9, 9, 9}}, 2), "each its own, then together")
	require.Equal(t, []int{2, 1, 0}, restore.Handed([][]int64{{1}, {2}, {3}}, 2), "the largest first")
	require.Equal(t, []int{0, 1, 2}, restore.Handed([][]int64{{1}, {2}, {3}}, 1), "one connection keeps to the archive's order")
}
