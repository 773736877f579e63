package suggest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure/suggest"
)

func TestNearest(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"orders", "order"}, suggest.Nearest("ordres", []string{"customers", "order", "orders", "orders"}, 5))
	require.Equal(t, `; did you mean "orders"?`, suggest.DidYouMean("ordres", []string{"customers", "orders"}))
}

// Two names of a megabyte would take a terabyte of memory.
func TestLongNamesAreNotCompared(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1<<20)
	require.Empty(t, suggest.Nearest(long, []string{long + "y"}, 5))
	require.Empty(t, suggest.DidYouMean("x", []string{long}))
}
