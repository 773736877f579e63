package roles_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
)

// TestOperationsBeforeAzurite is the matrix of the month, over HTTP and for one sweep.
func TestOperationsBeforeAzurite(t *testing.T) {
	t.Parallel()
	for _, identity := range []string{"backup", "restore", "prune"} {
		t.Run(identity, func(t *testing.T) {
			t.Parallel()
			g := newGate(t)
			for _, op := range slices.Concat(overwrites, deletions, marks, settings, combined) {
				at, name := g.container(t)
				good := fill(t, blobstore.New(g.as(t, admin, at), 0), time.Now(), 2)
				before := g.Kept(name, points)
				err := op.do(attacker{Context: t.Context(), storage: g.as(t, identity, at), now: time.Now(), points: good, target: good[0]})
				deletes := slices.ContainsFunc(deletions, func(d operation) bool { return d.name == op.name })
				if refused := g.refusals(); deletes && identity != "prune" {
					require.Len(t, refused, 1, op.name)
					require.Equal(t, failure.ContainerNotAccessible, failure.CodeOf(err), op.name)
				} else {
					require.Empty(t, refused, op.name)
					require.NoError(t, err, op.name)
				}
				_, err = sweepAll(t.Context(), sweeper(g.as(t, "prune", at), trusted(t, floors), time.Now, true))
				if code := failure.CodeOf(err); code != failure.VaultDamaged && code != failure.InvalidConfiguration {
					require.NoError(t, err, op.name)
				}
				require.Empty(t, g.refusals(), "the sweep has its rights: %s", op.name)
				require.Subset(t, g.Kept(name, points), before, op.name)
			}
		})
	}
}
