package vault

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/instance"
)

// locksPoint reports whether the immutability policy of a blob protects the
// point. pgvault never locks the marks it writes beside a point, but a
// container's default policy may.
func locksPoint(b blobstore.Blob) bool {
	return path.Base(b.Name) == manifestName || isManifestStatement(b.Name) || isAttempts(b.Name)
}

// lockUntil returns the time until which a point's blobs are to be locked: its
// expiry, to the second, or the end of the longest retention that the trust file
// allows. That runs from the time at which the storage got the manifest, so that
// forged metadata locks nothing for longer. Zero means that the point is not to be
// locked: it cannot be restored, is deleted, has expired, or does not say when it
// will. A copied point is locked as it is listed: a lock on wrong bytes costs their
// storage and nothing else.
func (v *Vault) lockUntil(p Point, now time.Time) time.Time {
	if !p.Restorable() || p.Expires.IsZero() {
		return time.Time{}
	}
	until := v.trust.LockEnd(p.Stored, p.Expires).UTC().Truncate(time.Second)
	if !now.Before(until) {
		return time.Time{}
	}
	return until
}

// LacksLock reports, from the listing alone, whether a blob of the point is not
// locked as the vault's setting wants it.
func (v *Vault) LacksLock(p Point, want instance.Immutability, now time.Time) bool {
	until := v.lockUntil(p, now)
	if !want.On() || until.IsZero() {
		return false
	}
	parts, _ := p.parts()
	for _, b := range parts {
		if lacksLock(b, want, until) {
			return true
		}
	}
	return false
}

func lacksLock(b blobstore.Blob, want instance.Immutability, until time.Time) bool {
	return b.Policy.Until.Before(until) || want == instance.Locked && !b.Policy.Locked
}

// parts returns the blobs that the point is made of, without those of failed
// attempts. whole reports whether the listing names all of them.
func (p Point) parts() (parts []blobstore.Blob, whole bool) {
	// The roles file comes first. If the listing does not name it, its lock is
	// judged by those of the other parts.
	for _, name := range []string{p.RolesBlob, p.blocksBlob(), p.fingerprintsBlob(), p.DumpBlob, pointPrefix(p.Instance, p.ID) + manifestName} {
		for _, b := range p.Blobs {
			if b.Name == name {
				parts = append(parts, b)
			}
		}
	}
	for _, b := range p.Blobs {
		if isManifestStatement(b.Name) {
			parts = append(parts, b)
		}
	}
	return parts, p.RolesBlob != ""
}

// Locked is the result of locking a point.
type Locked struct {
	// Blobs is the number of blobs whose lock was set or extended.
	Blobs int
	Until time.Time
}

// Lock locks the blobs of a point until the point expires. It shortens and
// weakens no lock, and ignores points that are deleted or damaged. It is
// idempotent.
func (v *Vault) Lock(ctx context.Context, p Point, want instance.Immutability, now time.Time) (Locked, error) {
	done := Locked{Until: v.lockUntil(p, now)}
	if !want.On() || done.Until.IsZero() {
		return done, nil
	}
	parts, whole := p.parts()
	if !whole {
		var err error
		if parts, err = v.namedParts(ctx, p); err != nil {
			return done, err
		}
	}
	for _, b := range parts {
		if !lacksLock(b, want, done.Until) {
			continue
		}
		lock := blobstore.ImmutabilityPolicy{Until: done.Until, Locked: want == instance.Locked || b.Policy.Locked}
		if b.Policy.Until.After(lock.Until) {
			lock.Until = b.Policy.Until
		}
		if err := v.container.SetImmutabilityPolicy(ctx, b, lock); err != nil {
			return done, fmt.Errorf("lock point %s of %s: %w", p.ID, p.Instance, err)
		}
		done.Blobs++
	}
	return done, nil
}

// namedParts reads the manifest of a point whose listing does not name its
// roles file.
func (v *Vault) namedParts(ctx context.Context, p Point) ([]blobstore.Blob, error) {
	// A lock on another blob costs its storage and nothing else, so that the
	// signature does not matter.
	_, m, err := v.uncheckedManifest(ctx, p.Instance, p.ID)
	if err == nil {
		err = damagedManifest(ofPoint(m, p.Instance, p.ID), p.Instance, p.ID)
	}
	if err != nil {
		return nil, err
	}
	p.RolesBlob = m.Roles.Blob
	parts, _ := p.parts()
	return parts, nil
}

// probeName is the blob that ProbeLocks locks for two minutes each time. It is
// never deleted, since the identity for locks needs no right to delete.
const (
	probeName    = "immutability-probe.json"
	probeContent = "{\"purpose\": \"shows that locks can be set here\"}\n"
	probeFor     = 2 * time.Minute
)

// ProbeLocks checks that the container and the account support immutability
// policies and that the identity may set them. It locks a small blob for two
// minutes and looks for the lock in a listing. It is safe for concurrent use.
func (v *Vault) ProbeLocks(ctx context.Context) error {
	probe, err := v.probe(ctx)
	if err != nil {
		return err
	}
	storage, err := v.container.ServerTime(ctx)
	if err != nil {
		return err
	}
	// A default policy of the container may have locked it for longer.
	lock := blobstore.ImmutabilityPolicy{Until: storage.UTC().Add(probeFor), Locked: probe.Policy.Locked}
	if probe.Policy.Until.After(lock.Until) {
		lock.Until = probe.Policy.Until
	}
	if err := v.container.SetImmutabilityPolicy(ctx, probe, lock); err != nil {
		return err
	}
	seen, err := v.currentVersion(ctx, probeName)
	if err != nil {
		return err
	}
	if seen.Policy.Until.Before(lock.Until.Truncate(time.Second)) {
		return v.container.Location().NoPolicies(fmt.Errorf("the lock that was set on %s is not listed", probeName))
	}
	return nil
}

// probe returns the probe's blob from a listing.
func (v *Vault) probe(ctx context.Context) (blobstore.Blob, error) {
	probe, err := v.currentVersion(ctx, probeName)
	if err != nil || probe.Version != "" {
		return probe, err
	}
	put, err := v.container.Put(ctx, probeName, []byte(probeContent), nil)
	if err == nil && put.Version == "" {
		err = v.container.Location().NoPolicies(errors.New("the storage account keeps no versions of blobs"))
	}
	if err != nil {
		return blobstore.Blob{}, err
	}
	return v.currentVersion(ctx, probeName)
}

// currentVersion returns the zero value if the blob does not exist.
func (v *Vault) currentVersion(ctx context.Context, name string) (found blobstore.Blob, err error) {
	for b, err := range v.container.ListVersions(ctx, name) {
		if err != nil {
			return blobstore.Blob{}, err
		}
		if b.Name == name && !b.Previous {
			found = b
		}
	}
	return found, nil
}
