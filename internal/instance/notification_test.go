package instance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/instance"
)

func TestWants(t *testing.T) {
	t.Parallel()
	const kind, other = instance.AlertStale, instance.AlertFailed
	shop := instance.Notification{Kinds: []instance.AlertKind{kind}, Instances: []string{"shop/*", "books"}}
	for name, want := range map[string]bool{
		"shop/orders": true, "shop/eu/orders": true, "shop/": true, "books": true, "": true,
		"shop": false, "my/shop/orders": false, "books/1": false,
	} {
		require.Equal(t, want, shop.Wants(kind, name), "%q", name)
		require.False(t, shop.Wants(other, name), "%q", name)
		require.True(t, instance.Notification{}.Wants(other, name), "%q", name)
	}
}

func TestPatternsOfInstances(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "a/b", true}, {"*/orders", "shop/orders", true}, {"*/orders", "orders", false},
		{"a*a", "a", false}, {"a*a", "aa", true}, {"a*b*c", "a1b2c", true}, {"a*b*c", "acb", false}, {"a**b", "a/b", true},
	} {
		n := instance.Notification{Instances: []string{c.pattern}}
		require.Equal(t, c.want, n.Wants(instance.AlertStale, c.name), "%s %s", c.pattern, c.name)
	}
}

func TestParseAlertKind(t *testing.T) {
	t.Parallel()
	for _, kind := range instance.AlertKinds() {
		parsed, err := instance.ParseAlertKind(string(kind))
		require.NoError(t, err)
		require.Equal(t, kind, parsed)
	}
	_, err := instance.ParseAlertKind("stal")
	require.ErrorContains(t, err, `did you mean "stale"?`)
}
