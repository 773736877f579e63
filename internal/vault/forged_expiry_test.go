package vault_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/vault"
)

// The versions of a manifest say when it was to expire before somebody wrote over it.
func TestAManifestThatIsWrittenOverExpiresNoSooner(t *testing.T) {
	t.Parallel()
	b := open(memblob.New(time.Now, memblob.Options{Versions: true}))
	m := b.point(t, "shop/orders", time.Now())
	name := "instances/shop/orders/points/" + m.PointID + "/manifest.json"
	content, stored, err := b.container.Get(t.Context(), name, 1<<20)
	require.NoError(t, err)
	rewrite := func(at time.Time) vault.Point {
		meta := blobstore.Meta{}
		for key, value := range stored.Meta {
			meta[key] = value
		}
		meta["expires"] = at.UTC().Format(time.RFC3339)
		_, err := b.container.Put(t.Context(), name, content, meta)
		require.NoError(t, err)
		p, err := b.FindPoint(t.Context(), "shop/orders", m.PointID)
		require.NoError(t, err)
		return p
	}
	require.WithinDuration(t, m.Retention.Expires, rewrite(time.Now().AddDate(-1, 0, 0)).Expires, time.Second)

	require.NoError(t, b.container.Delete(t.Context(), name))
	for p, err := range b.EachPoint(t.Context(), "shop/orders") {
		require.NoError(t, err)
		require.True(t, p.Hidden)
		require.WithinDuration(t, m.Retention.Expires, p.Expires, time.Second)
	}

	longer := m.Retention.Expires.AddDate(1, 0, 0)
	require.WithinDuration(t, longer, rewrite(longer).Expires, time.Second)
	shorter := vault.Retention{Expires: time.Now().Add(time.Hour)}
	require.NoError(t, b.SetRetention(t.Context(), "shop/orders", m.PointID, shorter))
	p, err := b.FindPoint(t.Context(), "shop/orders", m.PointID)
	require.NoError(t, err)
	require.WithinDuration(t, shorter.Expires, p.Expires, time.Second, "a policy that is applied again decides")
}
