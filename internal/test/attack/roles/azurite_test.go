package roles_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// remote is a vault behind a gate.
type remote struct {
	*gate
	t         *testing.T
	url, name string
	good      []manifest.Manifest
}

var _ place = &remote{}

// newRemote makes a vault in a container of its own, as [newWorld] does in memory.
func (g *gate) newRemote(t *testing.T) *remote {
	t.Helper()
	r := &remote{gate: g, t: t}
	r.url, r.name = g.container(t)
	r.good = fill(t, blobstore.New(r.as(admin), 0), r.now(), 6)
	return r
}

func (r *remote) as(identity string) blobstore.Backend { return r.gate.as(r.t, identity, r.url) }

func (r *remote) now() time.Time { return time.Now().Add(r.passed) }

func (r *remote) pass(d time.Duration) {
	r.passed += d
	r.Advance(d)
}

func (r *remote) kept() map[string]bool { return r.Kept(r.name, points) }

func (r *remote) points() []manifest.Manifest { return r.good }

func (r *remote) trusted() trust.File { return trusted(r.t, floors) }

// TestMonthAfterAnAttackBeforeAzurite is [TestMonthAfterAnAttack] over HTTP, with sweeps
// on the days that matter.
func TestMonthAfterAnAttackBeforeAzurite(t *testing.T) {
	t.Parallel()
	for _, identity := range identities {
		t.Run(identity, func(t *testing.T) {
			t.Parallel()
			g := newGate(t)
			for _, op := range operations {
				done := live(t, g.newRemote(t), identity, op, false, []int{0, term - 1, term, 2*term - 1, month - 1})
				want := expected(op, identity)
				require.Equal(t, want.String(), done.String(), op.name)
				refused := 0
				if want.refused {
					refused = 1
				}
				require.Len(t, g.refusals(), refused, "the sweeps have their rights: %s", op.name)
			}
		})
	}
}
