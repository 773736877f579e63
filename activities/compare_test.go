package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

func TestAPointWithoutFingerprintsIsNotVerified(t *testing.T) {
	t.Parallel()
	m := manifest.Manifest{Instance: "shop/orders", PointID: "20261124T020000Z-1f2e3d4c"}
	err := activities.CheckFingerprints(&activities.Restore{}, m)
	require.Equal(t, failure.FingerprintsMissing, failure.CodeOf(err))
	require.ErrorContains(t, err, m.PointID)
	require.ErrorContains(t, err, "--verify")
	m.Fingerprints.Blob = "instances/shop/orders/points/" + m.PointID + "/fingerprints-1.json"
	require.NoError(t, activities.CheckFingerprints(&activities.Restore{}, m))
}
