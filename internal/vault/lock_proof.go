package vault

import (
	"context"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/proof/chain"
)

// lockedBefore is how many records before the named one are locked with it if they
// lack a lock. A drill whose lock failed is made good by the next one.
const lockedBefore = 10

// LockProof locks the record of a drill for the time that the settings name, or for
// the longest retention that the trust file allows, from the time at which the storage
// got the record. Records that the trust file does not accept are not locked: nobody
// could delete them. It shortens and weakens no lock, and is idempotent.
func (v *Vault) LockProof(ctx context.Context, name string, sequence int, s instance.VaultSettings, now time.Time) (done Locked, err error) {
	if !s.Immutability.On() {
		return done, nil
	}
	all, err := v.ListProofs(ctx, name)
	if err != nil {
		return done, err
	}
	id, err := v.signedID(ctx)
	if err != nil {
		return done, err
	}
	for _, p := range all {
		if p.Sequence > sequence || p.Sequence < sequence-lockedBefore || p.Deleted() {
			continue
		}
		until := v.trust.LockEnd(p.At, s.Evidence.Locks().AddTo(p.At.UTC())).UTC().Truncate(time.Second)
		if p.Sequence == sequence {
			done.Until = until
		}
		if !now.Before(until) || !lacksLock(p.Current, s.Immutability, until) {
			continue
		}
		locked, err := v.lockProof(ctx, p, chain.Place{VaultID: id, Instance: name}, s.Immutability, until)
		if err != nil {
			return done, fmt.Errorf("lock record %d of the drills of %s: %w", p.Sequence, name, err)
		}
		if locked {
			done.Blobs++
		}
	}
	if done.Until.IsZero() {
		return done, failure.New(failure.VaultDamaged, "`pgvault proof verify "+name+"` tells what was done to the records", "record %s of vault %s is gone", ProofName(name, sequence), v.URL())
	}
	return done, nil
}

// lockProof locks a record unless the trust file does not accept it.
func (v *Vault) lockProof(ctx context.Context, p StoredProof, of chain.Place, want instance.Immutability, until time.Time) (locked bool, err error) {
	content, err := v.ReadProof(ctx, p)
	if failure.CodeOf(err) == failure.VaultDamaged {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if _, _, err := v.openProof(content, p.At, p.Sequence, of); err != nil {
		return false, nil //nolint:nilerr // the trust file does not accept it
	}
	lock := blobstore.ImmutabilityPolicy{Until: until, Locked: want == instance.Locked || p.Current.Policy.Locked}
	if p.Current.Policy.Until.After(until) {
		lock.Until = p.Current.Policy.Until
	}
	return true, v.container.SetImmutabilityPolicy(ctx, p.Current, lock)
}
