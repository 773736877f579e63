package vault_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/vault"
)

func evidenceSettings(i instance.Immutability, keep policy.Duration) instance.VaultSettings {
	return instance.VaultSettings{Immutability: i, Evidence: instance.Evidence{Keep: keep}}
}

// policyOf returns the lock of a record.
func (p *proving) policyOf(t *testing.T, sequence int) blobstore.ImmutabilityPolicy {
	t.Helper()
	all, err := p.ListProofs(t.Context(), orders)
	require.NoError(t, err)
	for _, s := range all {
		if s.Sequence == sequence {
			return s.Current.Policy
		}
	}
	t.Fatalf("no record %d", sequence)
	return blobstore.ImmutabilityPolicy{}
}

func (p *proving) lockProof(t *testing.T, sequence int, s instance.VaultSettings) vault.Locked {
	t.Helper()
	done, err := p.LockProof(t.Context(), orders, sequence, s, p.now())
	require.NoError(t, err)
	return done
}

func TestARecordIsLockedForItsTime(t *testing.T) {
	t.Parallel()
	p := setupProving(t, memblob.Options{Versions: true})
	p.append(t, "run-1")
	require.Zero(t, p.lockProof(t, 1, evidenceSettings(instance.Disabled, policy.Duration{})))
	require.Zero(t, p.policyOf(t, 1))

	done := p.lockProof(t, 1, evidenceSettings(instance.Locked, policy.Duration{}))
	require.Equal(t, 1, done.Blobs)
	lock := p.policyOf(t, 1)
	require.True(t, lock.Locked)
	require.Equal(t, done.Until, lock.Until.UTC())
	require.WithinDuration(t, p.now().AddDate(7, 0, 0), done.Until, time.Minute)
	require.Zero(t, p.lockProof(t, 1, evidenceSettings(instance.Locked, policy.Duration{})).Blobs, "it is idempotent")

	name := vault.ProofName(orders, 1)
	all, err := p.ListProofs(t.Context(), orders)
	require.NoError(t, err)
	require.NoError(t, p.container.Delete(t.Context(), name), "a deletion leaves the version")
	require.ErrorIs(t, p.container.DeleteVersion(t.Context(), all[0].Current), blobstore.ErrLocked)
}

func TestARecordIsLockedForNoLongerThanTheTrustFileAllows(t *testing.T) {
	t.Parallel()
	p := setupProving(t, memblob.Options{Versions: true})
	p.append(t, "run-1")
	done := p.lockProof(t, 1, evidenceSettings(instance.Unlocked, policy.Duration{Years: 30}))
	require.WithinDuration(t, p.now().AddDate(10, 0, 0), done.Until, time.Minute)
	require.False(t, p.policyOf(t, 1).Locked)
	p.lockProof(t, 1, evidenceSettings(instance.Unlocked, policy.Duration{Years: 1}))
	require.WithinDuration(t, p.now().AddDate(10, 0, 0), p.policyOf(t, 1).Until, time.Minute, "no lock is shortened")
}

// The lock of a record that failed is set by the next drill, and what others put there
// is not locked: nobody could delete it.
func TestTheNextDrillLocksWhatLacksALock(t *testing.T) {
	t.Parallel()
	p := setupProving(t, memblob.Options{Versions: true})
	settings := evidenceSettings(instance.Unlocked, policy.Duration{})
	p.append(t, "run-1")
	allow := p.forbid(memblob.SetImmutabilityPolicy)
	_, err := p.LockProof(t.Context(), orders, 1, settings, p.now())
	require.Equal(t, failure.ContainerNotAccessible, failure.CodeOf(err))
	require.ErrorContains(t, err, "lock record 1 of the drills of shop/orders")
	allow()
	p.mustPut(t, vault.ProofName(orders, 2), "junk")
	p.append(t, "run-3")
	require.Equal(t, 2, p.lockProof(t, 3, settings).Blobs)
	require.NotZero(t, p.policyOf(t, 1))
	require.Zero(t, p.policyOf(t, 2))
	require.NotZero(t, p.policyOf(t, 3))
}

func TestLockARecordThatIsGone(t *testing.T) {
	t.Parallel()
	p := setupProving(t, memblob.Options{Versions: true})
	_, err := p.LockProof(t.Context(), orders, 1, evidenceSettings(instance.Locked, policy.Duration{}), p.now())
	require.Equal(t, failure.VaultDamaged, failure.CodeOf(err))
	require.ErrorContains(t, err, "proofs/shop/orders/00000001.json")
}
