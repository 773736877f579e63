package contents_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive/contents"
)

var objects = []contents.Object{
	{Kind: "schema", Name: "shop"},
	{Kind: "table", Schema: "shop", Name: "orders"},
	{Kind: "table", Schema: "shop", Name: "order lines"},
	{Kind: "table", Schema: "a.b", Name: "x[1]*"},
	{Kind: "function", Schema: "shop", Name: "sum(integer, integer)"},
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string][]string{
		"*":           {"shop", "shop.orders", "shop.order lines", "a.b.x[1]*", "shop.sum(integer, integer)"},
		"orders":      {"shop.orders"},
		"shop.orders": {"shop.orders"},
		"shop.o*":     {"shop.orders", "shop.order lines"},
		"order?":      {"shop.orders"},
		"x[1]*":       {"a.b.x[1]*"},
		"x1":          nil,
		"sum(*":       {"shop.sum(integer, integer)"},
		"order":       nil,
		"":            nil,
	} {
		var found []string
		for _, o := range contents.NewPattern(pattern).Choose(objects) {
			found = append(found, o.Qualified())
		}
		require.Equal(t, want, found, pattern)
	}
}

func TestWhatAPatternProbablyMeant(t *testing.T) {
	t.Parallel()
	require.Contains(t, contents.NewPattern("ordrs").DidYouMean(objects), `"orders"`)
	require.Contains(t, contents.NewPattern("shp.orders").DidYouMean(objects), `"shop.orders"`)
	require.Empty(t, contents.NewPattern("unlike").DidYouMean(objects))
}
