package trust_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/trust"
)

func TestTheNextKeySignsFromItsDayOn(t *testing.T) {
	t.Parallel()
	day := func(d int) time.Time { return time.Date(2026, 12, d, 0, 0, 0, 0, time.UTC) }
	keys := []trust.Key{
		{ID: "m/2", From: day(10), Until: day(20)}, {ID: "m/1", From: day(1)}, {ID: "m/3", From: day(15), Revoked: day(16)},
	}
	manifests, evidence := trust.Signatures{Manifests: keys}, trust.Signatures{Evidence: keys}
	for at, want := range map[time.Time]string{
		day(1): "m/1", day(10).Add(-time.Second): "m/1", day(10): "m/2", day(15): "m/3", day(16): "m/2", day(20): "m/1",
	} {
		for _, c := range []struct {
			trust.Signatures
			purpose, other trust.Purpose
		}{{manifests, trust.Manifests, trust.Evidence}, {evidence, trust.Evidence, trust.Manifests}} {
			key, ok := c.Signing(c.purpose, at)
			require.True(t, ok)
			require.Equal(t, want, key.ID, at)
			_, ok = c.Signing(c.other, at)
			require.False(t, ok, "a key signs for its own purpose")
		}
	}
	_, ok := manifests.Signing(trust.Manifests, day(1).Add(-time.Second))
	require.False(t, ok)
}
