package pieces_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/postgres/pgcopy/pieces"
)

// TestRangesCoverAllPagesOnce is an invariant over random tables.
func TestRangesCoverAllPagesOnce(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		pages := random.Int64N(1 << random.IntN(30))
		sizes := pieces.SizesFor(pages*8192*(1+random.Int64N(3)), 1+random.IntN(64), 13+random.IntN(5))
		n := sizes.Of(pages*8192, pages)
		require.GreaterOrEqual(t, n, int64(1))
		next := int64(0)
		ranges := slices.Collect(pieces.Ranges(pages, n))
		require.Len(t, ranges, int(n))
		for i, r := range ranges {
			require.Equal(t, next, r.Begin)
			require.Equal(t, i == len(ranges)-1, r.End == 0)
			require.True(t, r.End == 0 || r.End > r.Begin)
			next = r.End
		}
	}
}

func TestStatements(t *testing.T) {
	t.Parallel()
	table := pieces.Table{Name: `"public"."o""dd"`, Columns: `"a", "b(c)"`}
	require.True(t, table.Divisible())
	require.Equal(t, `COPY "public"."o""dd" ("a", "b(c)") TO STDOUT`, table.Copy())
	require.Equal(t, `COPY (SELECT "a", "b(c)" FROM ONLY "public"."o""dd" WHERE ctid >= '(5,0)' AND ctid < '(9,0)') TO STDOUT`, table.CopyRange(pieces.Range{Begin: 5, End: 9}))
	require.Equal(t, `COPY (SELECT "a", "b(c)" FROM ONLY "public"."o""dd" WHERE ctid >= '(9,0)') TO STDOUT`, table.CopyRange(pieces.Range{Begin: 9}))
	table.Condition = "WHERE own"
	require.False(t, table.Divisible())
	require.Equal(t, `COPY (SELECT "a", "b(c)" FROM ONLY "public"."o""dd" WHERE own) TO STDOUT`, table.Copy())
	table = pieces.Table{Name: `"public"."empty"`}
	require.False(t, table.Divisible())
	require.Equal(t, `COPY "public"."empty" TO STDOUT`, table.Copy())
}
